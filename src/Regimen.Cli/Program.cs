Console.WriteLine("Regimen");
