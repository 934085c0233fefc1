// All commands of Regimen, with the models and data sets of this program in addition to the built-in ones.
//     cd samples/OwnModel && dotnet run -c Release -- train experiment=spiral

// Sets the memory allocator and libtorch's threads for training. The settings affect the whole process, so the program makes this call itself.
Regimen.Engine.NativeSettings.Apply();
return await Regimen.App.RegimenApp.RunAsync(args);
