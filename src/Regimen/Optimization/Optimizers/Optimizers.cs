namespace Regimen.Optimization;

/// <summary>Creates the built-in optimizers.</summary>
public static class Optimizers
{
    /// <summary>Stochastic gradient descent.</summary>
    public static Sgd Sgd(double lr, double momentum = 0, bool nesterov = false, double weightDecay = 0)
        => new() { Lr = lr, Momentum = momentum, Nesterov = nesterov, WeightDecay = weightDecay };

    /// <summary>Adam.</summary>
    public static Adam Adam(double lr = 1e-3, double weightDecay = 0) => new() { Lr = lr, WeightDecay = weightDecay };

    /// <summary>Adam with decoupled weight decay.</summary>
    public static AdamW AdamW(double lr = 1e-3, double weightDecay = 0.01) => new() { Lr = lr, WeightDecay = weightDecay };

    /// <summary>Adagrad.</summary>
    public static Adagrad Adagrad(double lr = 1e-2, double weightDecay = 0) => new() { Lr = lr, WeightDecay = weightDecay };

    /// <summary>Lion.</summary>
    public static Lion Lion(double lr = 1e-4, double weightDecay = 0) => new() { Lr = lr, WeightDecay = weightDecay };

    /// <summary>LAMB.</summary>
    public static Lamb Lamb(double lr = 1e-3, double weightDecay = 0.01) => new() { Lr = lr, WeightDecay = weightDecay };

    /// <summary>Muon for matrices, AdamW for other parameters.</summary>
    public static Muon Muon(double lr = 1e-3, double weightDecay = 0) => new() { Lr = lr, WeightDecay = weightDecay };

    /// <summary>RMSprop.</summary>
    public static RmsProp RmsProp(double lr = 1e-2, double momentum = 0, double weightDecay = 0)
        => new() { Lr = lr, Momentum = momentum, WeightDecay = weightDecay };
}
