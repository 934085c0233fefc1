// Every command of Regimen, with this program's own models and data sets among the choices.
//     dotnet run -c Release --project samples/OwnModel -- train model=wide data=circles
return await Regimen.App.RegimenApp.RunAsync(args);
