// Every command of Regimen, with this program's own models and data sets among the choices.
//     dotnet run -c Release -- train

// The memory allocator and libtorch's threads, set for training. It is for the whole process, so the program asks for it.
Regimen.Engine.NativeSettings.Apply();
return await Regimen.App.RegimenApp.RunAsync(args);
