return await Regimen.App.RegimenApp.RunAsync(args);
