using TorchSharp.Modules;
using static TorchSharp.torch;

/// <summary>A generator, which makes points of noise, and a critic, which scores how real a point is.</summary>
internal sealed class Gan : nn.Module<Tensor, Tensor>
{
    public const int Noise = 4;
    private readonly Sequential generator = Layers(Noise, 2);
    private readonly Sequential critic = Layers(2, 1);

    public Gan()
        : base(nameof(Gan)) => RegisterComponents();

    public Sequential Critic => critic;

    /// <summary>Makes points of new noise: <c>[count, 2]</c>.</summary>
    public Tensor Make(long count) => forward(randn(count, Noise));

    /// <summary>Makes points of noise: <c>[count, 4]</c> to <c>[count, 2]</c>.</summary>
    public override Tensor forward(Tensor input) => generator.call(input);

    private static Sequential Layers(long inputs, long outputs)
        => nn.Sequential(nn.Linear(inputs, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, outputs));
}
