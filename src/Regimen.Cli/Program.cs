// Before any other thread runs and libtorch loads: the process is this program's own.
Regimen.Engine.NativeSettings.Apply();
return await Regimen.App.RegimenApp.RunAsync(args);
