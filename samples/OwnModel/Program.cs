// Every command of Regimen, with this program's own models and data sets among the choices.
//     cd samples/OwnModel && dotnet run -c Release -- train experiment=spiral
return await Regimen.App.RegimenApp.RunAsync(args);
