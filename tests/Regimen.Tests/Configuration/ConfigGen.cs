using System.Collections.Immutable;
using CsCheck;
using Regimen.Configuration;
using Regimen.Datasets;
using Regimen.FineTuning;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Tests.Catalog;
using Regimen.Training;
using Regimen.Transforms;

namespace Regimen.Tests.Configuration;

/// <summary>Generates random valid configs.</summary>
internal static class ConfigGen
{
    /// <summary>Generates text that can be encoded in UTF-8 and has no NUL, often with special meaning in YAML.</summary>
    public static readonly Gen<string> Text = Gen.OneOf(
        Gen.String.Select(s => string.Concat(s.EnumerateRunes().Where(r => r.Value != 0))),
        Gen.OneOf(
            "", "null", "~", "true", "no", "1e3", "0x10", "1_000", ".5", ".nan", "a: b", "# x", " x ", "-", "---", "...", "'", "\"", "\\", "\n", "\t\r\n", "${x}",
            "[1]", "{a: 1}", "*a", "&a", "!t", "%x", "@x", "é", "😀", "\u0085", "\u2028", "\uFEFF", "\u001b", "\uFFFE", "C:\\runs", "data/mnist"));

    private static readonly Gen<string> NotEmpty = Text.Where(t => t.Length > 0);
    private static readonly Gen<double> UnitBelow1 = Gen.Double[0, 1].Where(d => d < 1);
    private static readonly Gen<double> Positive = Gen.Double.Select(Math.Abs).Where(d => double.IsFinite(d) && d > 0);
    private static readonly Gen<double> Lr = Gen.OneOf(Gen.Double[1e-12, 1e6], Gen.OneOf(1e-3, 1e6, 5e-324, 1e-8, 0.1));

    private static readonly Gen<Component<object>> Model = Gen.OneOf(
        Gen.Int[1, 65_536].Select(h => new Component<object>("mlp", new MlpOptions { Hidden = [h] })),
        Gen.Select(UnitBelow1, UnitBelow1).Select((a, b) => new Component<object>("cnn", new CnnOptions { Dropout1 = a, Dropout2 = b })),
        Gen.Int.Select(w => new Component<object>("fake_model", new FakeModel.Options { Width = w })));

    private static readonly Gen<Component<object>> Data = Gen.OneOf(
        Gen.Select(NotEmpty, UnitBelow1, Gen.Int[1, int.MaxValue].Nullable(), Gen.Double[0, 1], Positive)
            .Select((root, fraction, limit, mean, std) => new Component<object>(
                "mnist", new Mnist.Options { Root = root, ValidationFraction = fraction, Limit = limit, Mean = mean, Std = std })),
        Gen.Select(Text, Gen.Int[1, 9]).Select((path, count) => new Component<object>("fake_data", new FakeDatasets.Options(path, count))));

    private static readonly Gen<OptimizerOptions> Fake = Gen.Select(
        Gen.Select(Gen.Int[2, 100], Gen.Long, Gen.ULong, Gen.Single.Where(float.IsFinite), Gen.Bool),
        Gen.Select(Gen.Enum<FakeMode>(), Gen.Enum<FakeMode>().Nullable(), Text, Text.Null(), Gen.String[Gen.Char.AlphaNumeric, 2, 5]),
        Gen.Select(Gen.Double[1e-9, 10].Nullable(), Gen.Int.Array[1, 5], Text.Array[0, 4], Gen.Bool.Array[0, 3], Gen.Int[1, 9], Gen.Double))
        .Select((a, b, c) => (OptimizerOptions)new FakeOptimizer
        {
            Count = a.Item1,
            Big = a.Item2,
            Huge = a.Item3,
            Single = a.Item4,
            Flag = a.Item5,
            Mode = b.Item1,
            MaybeMode = b.Item2,
            Text = b.Item3,
            MaybeText = b.Item4,
            Short = b.Item5,
            MaybeRate = c.Item1,
            Sizes = c.Item2,
            Words = ImmutableArray.Create(c.Item3),
            Flags = c.Item4,
            Block = new FakeBlock { Width = c.Item5, Inner = new FakeInnerBlock { Slope = double.IsFinite(c.Item6) ? c.Item6 : 0 } },
        });

    private static readonly Gen<ParameterRule[]> Rules = Gen.Select(NotEmpty, Gen.Double[0, 1e6], Gen.Double[0, 1e6].Nullable())
        .Select((match, scale, decay) => new ParameterRule { Match = match, LrScale = scale, WeightDecay = decay }).Array[0, 3];

    private static readonly Gen<FreezeRule[]> Freeze = Gen.Select(NotEmpty, Gen.Int[2, 1_000_000].Nullable())
        .Select((match, epoch) => new FreezeRule { Match = match, UntilEpoch = epoch }).Array[0, 3];

    private static readonly Gen<InitOptions> Init = Gen.Select(NotEmpty.Null(), Gen.Bool, Text.Array[0, 3], Gen.Select(NotEmpty, Text).Array[0, 3], NotEmpty.Null())
        .Select((from, strict, skip, rename, digest) => new InitOptions
        {
            From = from,
            Strict = strict,
            Skip = skip,
            Rename = rename.DistinctBy(r => r.Item1).ToDictionary(r => r.Item1, r => r.Item2),
            Digest = digest,
        });

    private static readonly Gen<Component<OptimizerOptions>> Optimizer = Gen.OneOf(
        Gen.Select(Lr, UnitBelow1, UnitBelow1, Gen.Double[0, 1], Gen.Double[0, 1e6], Rules).Select((lr, beta1, beta2, eps, decay, rules)
            => new Component<OptimizerOptions>("adamw", new AdamW { Lr = lr, Betas = [beta1, beta2], Eps = eps, WeightDecay = decay, Rules = rules })),
        Gen.Select(Lr, UnitBelow1, Gen.Bool).Select((lr, momentum, nesterov)
            => new Component<OptimizerOptions>("sgd", new Sgd { Lr = lr, Momentum = momentum, Nesterov = nesterov })),
        Fake.Select(o => new Component<OptimizerOptions>("fake_optimizer", o)));

    private static readonly Gen<Transform> Flip = Gen.Double[0, 1].Select(p => (Transform)new HorizontalFlip { P = p });

    private static readonly Gen<Transform> Pad = Gen.Select(Gen.Int[1, 12], Gen.Enum<FakeMode>(), Gen.Double[-1e300, 1e300].Array[0, 3], Flip.Array[0, 2])
        .Select((padding, mode, fill, inner) => (Transform)new FakePad { Padding = padding, Mode = mode, Fill = fill, Inner = inner });

    private static readonly Gen<TransformsOptions> Transforms = Gen.Select(Gen.OneOf(Flip, Pad).Array[0, 3], Gen.OneOf(Flip, Pad).Array[0, 2])
        .Select((train, eval) => new TransformsOptions { Train = train, Eval = eval });

    private static readonly Gen<TrainOptions> Trainer = Gen.Select(
        Gen.Int[1, 1_000_000], Gen.Long[1, long.MaxValue].Nullable(), Gen.Long[1, long.MaxValue].Nullable(), Positive.Nullable(), Gen.Int[1, 1_048_576], Gen.Int[1, int.MaxValue].Nullable())
        .Select((epochs, steps, every, clip, accumulate, limit) => new TrainOptions
        {
            Epochs = epochs,
            MaxSteps = steps,
            ValidateEverySteps = every,
            ClipNorm = clip,
            Accumulate = accumulate,
            LimitTrainBatches = limit,
        });

    private static readonly Gen<EarlyStoppingOptions?> EarlyStopping = Gen.Select(Text, Gen.Enum<MonitorMode>().Nullable(), Gen.Int[1, 1_000_000], Positive, Gen.Bool)
        .Select((monitor, mode, patience, delta, restore) => (EarlyStoppingOptions)new()
        {
            Monitor = monitor,
            Mode = mode,
            Patience = patience,
            MinDelta = delta,
            RestoreBest = restore,
        }).Null();

    public static readonly Gen<RunConfig> Config = Gen.Select(
        Gen.Select(Gen.ULong.Nullable(), Gen.Int[1, 1024].Nullable(), Gen.OneOf(Gen.Enum<DeviceKind>().Select(k => new DeviceChoice(k)), Gen.Int[0, 127].Select(i => new DeviceChoice(DeviceKind.Cuda, i))), Gen.OneOf<string?>("a", "no", "1.5", "a-b_c+d.e", "é", null), NotEmpty),
        Gen.Select(Model, Data, Optimizer, Trainer, EarlyStopping, Transforms, Gen.Select(Init, Freeze)),
        Gen.Select(Gen.Int[1, 1_048_576], Gen.Bool, Gen.Int[0, 256], Gen.Double[0, 1], Gen.Int[1, 1_000_000], Gen.Long[1, long.MaxValue].Nullable()))
        .Select((a, b, c) => new RunConfig
        {
            Seed = a.Item1,
            Threads = a.Item2,
            Device = a.Item3,
            Name = a.Item4,
            Runs = a.Item5,
            Model = b.Item1,
            Data = b.Item2,
            Optimizer = b.Item3,
            Trainer = b.Item4,
            EarlyStopping = b.Item5,
            Transforms = b.Item6,
            Init = b.Item7.Item1,
            Freeze = b.Item7.Item2,
            Objective = new("cross_entropy", new CrossEntropy { LabelSmoothing = c.Item4 }),
            Schedule = new("constant", new ConstantSchedule()),
            Loader = new LoaderOptions { BatchSize = c.Item1, Shuffle = c.Item2, Workers = c.Item3 },
            Checkpoint = new CheckpointOptions { Keep = c.Item5, EverySteps = c.Item6 },
        });
}
