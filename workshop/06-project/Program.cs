// The entry point of the program. From this folder:
//     dotnet run -- train perceptron mnist
//     dotnet run -- evaluate perceptron mnist
return Digits.Commands.Run(args);
