// Every command of Regimen, with a part of each kind of this program's own: each is one file.
//     cd samples/OwnParts && dotnet run -c Release -- train experiment=ratings
//     cd samples/OwnParts && dotnet run -c Release -- train experiment=sentences
Regimen.Engine.NativeSettings.Apply();
return await Regimen.App.RegimenApp.RunAsync(args);
