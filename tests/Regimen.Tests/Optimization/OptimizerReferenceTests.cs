using Regimen.Engine;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace Regimen.Tests.Optimization;

/// <summary>Adam, AdamW and RMSprop in float32 against PyTorch in float64, including 1−β far below the precision of float32.</summary>
public sealed class OptimizerReferenceTests
{
    private const int Numbers = 7;
    private const int Steps = 23;

    /// <summary>Seven values after 23 steps of torch.optim.Adam, AdamW and RMSprop (PyTorch 1.13, float64): start 0.1·(i−3), gradient
    /// (0.2 + 0.3i)·sin(0.9t + 1.3i) + 0.15·(i+1) at step t from 1, both rounded to float32 first. Columns: optimizer, lr, β₁ or α, β₂, eps,
    /// weight decay, momentum, centered, values.</summary>
    public static TheoryData<string, double, double, double, double, double, double, bool, double[]> Cases => new()
    {
        { "adam", 0.01, 0.9, 0.999, 1e-08, 0, 0, false, [-0.4726017138, -0.350446613, -0.2197838522, -0.1080189596, -0.05524387, 0.0522807267, 0.1633804674] },
        { "adam", 0.01, 0.9, 0.999, 1e-08, 0.03, 0, false, [-0.4674712859, -0.3481929593, -0.2187134068, -0.1079140037, -0.0553068805, 0.051979466, 0.1627051184] },
        { "adam", 0.01, 0.9, 0.99, 1e-08, 0, 0, false, [-0.4731298633, -0.3504364368, -0.2192249105, -0.1077995117, -0.0553833589, 0.0518586092, 0.1635534135] },
        { "adam", 0.01, 0.9, 0.99, 1e-08, 0.03, 0, false, [-0.4679980727, -0.3481855559, -0.2181624906, -0.1076968439, -0.0554489846, 0.0515544199, 0.1628763337] },
        { "adam", 0.01, 0.95, 0.9999, 1e-08, 0, 0, false, [-0.4768392992, -0.3507628513, -0.2147584149, -0.1053743183, -0.05917694, 0.0477553641, 0.1641463469] },
        { "adam", 0.01, 0.95, 0.9999, 1e-08, 0.03, 0, false, [-0.4720195018, -0.3485732158, -0.2137124057, -0.1053035328, -0.0592628466, 0.0474463639, 0.1634525148] },
        { "adam", 0.01, 0.8, 0.99999, 1e-08, 0, 0, false, [-0.4664649816, -0.3503615022, -0.2270614973, -0.1111845201, -0.0488854481, 0.0586515359, 0.1619060262] },
        { "adam", 0.01, 0.8, 0.99999, 1e-08, 0.03, 0, false, [-0.4608930269, -0.3480100993, -0.2259360293, -0.1110171586, -0.0489141579, 0.0583618936, 0.1612626775] },
        { "adam", 0.01, 0.99, 0.99999999, 1e-08, 0, 0, false, [-0.4809413537, -0.3512605145, -0.2099536052, -0.1025619134, -0.0626495281, 0.0433241503, 0.1646925955] },
        { "adam", 0.01, 0.99, 0.99999999, 1e-08, 0.03, 0, false, [-0.4764104123, -0.3491276693, -0.208923199, -0.1025177597, -0.0627558873, 0.0430083128, 0.1639837565] },
        { "adam", 0.01, 0.0, 0.999, 1e-08, 0, 0, false, [-0.4605091671, -0.3517861757, -0.2390468139, -0.1208747486, -0.0401418369, 0.0641271489, 0.1591155412] },
        { "adam", 0.01, 0.0, 0.999, 1e-08, 0.03, 0, false, [-0.4544978297, -0.3492994591, -0.2377593115, -0.120504868, -0.0401120196, 0.0638420807, 0.1585236993] },
        { "adam", 0.01, 0.999, 0.9995, 1e-08, 0, 0, false, [-0.4819788463, -0.3514129007, -0.2087609828, -0.1018300655, -0.0634699064, 0.0422036565, 0.1648032217] },
        { "adam", 0.01, 0.999, 0.9995, 1e-08, 0.03, 0, false, [-0.4775173715, -0.3492934408, -0.207733733, -0.101791723, -0.0635811585, 0.0418861064, 0.1640910079] },
        { "adamw", 0.01, 0.9, 0.999, 1e-08, 0, 0, false, [-0.4726017138, -0.350446613, -0.2197838522, -0.1080189596, -0.05524387, 0.0522807267, 0.1633804674] },
        { "adamw", 0.01, 0.9, 0.999, 1e-08, 0.03, 0, false, [-0.4699425838, -0.3485724546, -0.2187681391, -0.1077556923, -0.0553719749, 0.0514275508, 0.1617633182] },
        { "adamw", 0.01, 0.9, 0.99, 1e-08, 0, 0, false, [-0.4731298633, -0.3504364368, -0.2192249105, -0.1077995117, -0.0553833589, 0.0518586092, 0.1635534135] },
        { "adamw", 0.01, 0.9, 0.99, 1e-08, 0.03, 0, false, [-0.470469159, -0.3485619461, -0.2182107586, -0.1075371402, -0.0555113277, 0.0510067634, 0.1619360698] },
        { "adamw", 0.01, 0.95, 0.9999, 1e-08, 0, 0, false, [-0.4768392992, -0.3507628513, -0.2147584149, -0.1053743183, -0.05917694, 0.0477553641, 0.1641463469] },
        { "adamw", 0.01, 0.95, 0.9999, 1e-08, 0.03, 0, false, [-0.4741657044, -0.3488825306, -0.2137572667, -0.1051246449, -0.0592958948, 0.0469186451, 0.1625323242] },
        { "adamw", 0.01, 0.8, 0.99999, 1e-08, 0, 0, false, [-0.4664649816, -0.3503615022, -0.2270614973, -0.1111845201, -0.0488854481, 0.0586515359, 0.1619060262] },
        { "adamw", 0.01, 0.8, 0.99999, 1e-08, 0.03, 0, false, [-0.4638303727, -0.3484981759, -0.2260216611, -0.1108983683, -0.0490293428, 0.0577706521, 0.1602830469] },
        { "adamw", 0.01, 0.99, 0.99999999, 1e-08, 0, 0, false, [-0.4809413537, -0.3512605145, -0.2099536052, -0.1025619134, -0.0626495281, 0.0433241503, 0.1646925955] },
        { "adamw", 0.01, 0.99, 0.99999999, 1e-08, 0.03, 0, false, [-0.4782549127, -0.3493746896, -0.2089654541, -0.1023244532, -0.062760739, 0.0425020687, 0.1630813345] },
        { "adamw", 0.01, 0.0, 0.999, 1e-08, 0, 0, false, [-0.4605091671, -0.3517861757, -0.2390468139, -0.1208747486, -0.0401418369, 0.0641271489, 0.1591155412] },
        { "adamw", 0.01, 0.0, 0.999, 1e-08, 0.03, 0, false, [-0.4579504119, -0.3499691194, -0.2379182707, -0.120455817, -0.0403185842, 0.0631580073, 0.1574594236] },
        { "adamw", 0.01, 0.999, 0.9995, 1e-08, 0, 0, false, [-0.4819788463, -0.3514129007, -0.2087609828, -0.1018300655, -0.0634699064, 0.0422036565, 0.1648032217] },
        { "adamw", 0.01, 0.999, 0.9995, 1e-08, 0.03, 0, false, [-0.4792892814, -0.3495257295, -0.2077759634, -0.1015955575, -0.0635793321, 0.0413851177, 0.16319263] },
        { "rmsprop", 0.003, 0.99, 0, 1e-08, 0, 0, false, [-0.4786940201, -0.3587861962, -0.2385746448, -0.1120670461, -0.0745734303, 0.0479453797, 0.1543520969] },
        { "rmsprop", 0.003, 0.999, 0, 1e-08, 0, 0, false, [-0.8537231328, -0.6924315506, -0.5316522414, -0.3481453127, -0.4444003056, -0.2713265247, -0.1521222611] },
        { "rmsprop", 0.003, 0.9999, 0, 1e-08, 0, 0, false, [-2.0474628887, -1.7541543412, -1.4629402961, -1.0989687593, -1.6191443595, -1.2874787247, -1.1270734073] },
        { "rmsprop", 0.003, 0.99999999, 0, 1e-08, 0, 0, false, [-174.9758212799, -155.5687490298, -136.3545281028, -109.8746973074, -171.7772984133, -148.5111541417, -142.3745384716] },
        { "rmsprop", 0.003, 0.99, 0, 1e-08, 0.02, 0.9, false, [-1.4969037165, -1.2583444079, -1.0625815613, -0.7970023571, -1.2224208391, -0.8566928354, -0.6907488521] },
        { "rmsprop", 0.003, 0.9999, 0, 1e-08, 0.02, 0.9, false, [-8.3787048138, -9.1990515202, -8.8618240758, -7.4793003083, -12.2077490293, -9.7410141976, -9.1084783931] },
        { "rmsprop", 0.003, 0.99999999, 0, 1e-08, 0.02, 0.5, false, [-23.9585507145, -25.9520583116, -24.9041576285, -20.1494999225, -29.2400606987, -50.1993076862, -64.5009156338] },
        { "rmsprop", 0.003, 0.99, 0, 0.001, 0, 0, true, [-0.4804898973, -0.3610416062, -0.2393921202, -0.114044292, -0.0768832171, 0.0450440103, 0.1518523825] },
        { "rmsprop", 0.003, 0.9, 0, 0.001, 0.02, 0.9, true, [-0.8309093537, -0.647593102, -0.4905929196, -0.3381919023, -0.4333784832, -0.2425582562, -0.1077725573] },
        { "rmsprop", 0.003, 0.95, 0, 0.001, 0.02, 0.5, true, [-0.4799962216, -0.3600226562, -0.2411677645, -0.1177477567, -0.0742819573, 0.0474246073, 0.1522619538] },
        { "rmsprop", 0.003, 0.999, 0, 0.001, 0, 0, true, [-0.8257694869, -0.6809208329, -0.5178248237, -0.348131876, -0.435243839, -0.2687626786, -0.1497540328] },
        { "rmsprop", 0.003, 0.9, 0, 1e-08, 0, 0, false, [-0.3683743445, -0.2600559861, -0.1505435072, -0.0418244082, 0.0368107039, 0.1421460471, 0.2454098119] },
        { "rmsprop", 0.003, 0.5, 0, 0.001, 0.02, 0.3, true, [-0.4325817955, -0.3095552663, -0.1937627713, -0.0832532597, -0.0091835507, 0.0965508502, 0.2018301453] },
        { "rmsprop", 0.003, 0.9995, 0, 1e-08, 0.02, 0.7, false, [-2.4130537736, -2.1995146984, -1.9732832522, -1.5622150971, -2.2838115795, -1.7774343261, -1.6248734947] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Float32_results_equal_PyTorch_in_float64_to_rounding(
        string name, double lr, double beta1, double beta2, double eps, double weightDecay, double momentum, bool centered, double[] expected)
    {
        OptimizerOptions options = name switch
        {
            "adam" => new Adam { Lr = lr, Betas = [beta1, beta2], Eps = eps, WeightDecay = weightDecay },
            "adamw" => new AdamW { Lr = lr, Betas = [beta1, beta2], Eps = eps, WeightDecay = weightDecay },
            _ => new RmsProp { Lr = lr, Alpha = beta1, Eps = eps, WeightDecay = weightDecay, Momentum = momentum, Centered = centered },
        };
        using var model = new SevenNumbers();
        using var flat = new FlatParameters(model);
        using Optimizer optimizer = options.Build(flat);
        Assert.Equal(Numbers, model.Count);
        float[] start = TensorMemory.Span<float>(flat.Values)[..Numbers].ToArray();
        for (int step = 1; step <= Steps; step++)
        {
            Span<float> gradients = TensorMemory.Span<float>(flat.Gradients);
            for (int i = 0; i < Numbers; i++)
            {
                gradients[i] = (float)(((0.2 + (0.3 * i)) * Math.Sin((0.9 * step) + (1.3 * i))) + (0.15 * (i + 1)));
            }

            optimizer.Step(lr);
        }

        // PyTorch's own float32 differs from its float64 by a relative error of up to 1e-6; 1−β₂ in float32 by 6.6e-6 at β₂ = 0.999.
        double way = expected.Zip(start, (e, s) => Math.Abs(e - s)).Max();
        Span<float> values = TensorMemory.Span<float>(flat.Values);
        for (int i = 0; i < Numbers; i++)
        {
            Assert.InRange(values[i], expected[i] - (2.5e-6 * way), expected[i] + (2.5e-6 * way));
        }
    }

    /// <summary>After one step from zero, exp_avg is (1−β₁)g and exp_avg_sq is (1−β₂)g²: each coefficient rounded once.</summary>
    [Theory]
    [InlineData(0.9, 0.999)]
    [InlineData(0.95, 0.99)]
    [InlineData(0.999, 0.99999999)]
    public void The_first_averages_are_the_rounded_coefficients(double beta1, double beta2)
    {
        using var model = new SevenNumbers();
        using var flat = new FlatParameters(model);
        foreach (OptimizerOptions options in (OptimizerOptions[])[new Adam { Betas = [beta1, beta2] }, new AdamW { Betas = [beta1, beta2] }])
        {
            using Optimizer optimizer = options.Build(flat);
            TensorMemory.Span<float>(flat.Gradients)[..Numbers].Fill(1);
            optimizer.Step(1e-3);
            Assert.Equal(((float)(1 - beta1), (float)(1 - beta2)), (First(optimizer, "exp_avg"), First(optimizer, "exp_avg_sq")));
        }

        using Optimizer rmsProp = new RmsProp { Alpha = beta2, Centered = true }.Build(flat);
        TensorMemory.Span<float>(flat.Gradients)[..Numbers].Fill(1);
        rmsProp.Step(1e-3);
        Assert.Equal(((float)(1 - beta2), (float)(1 - beta2)), (First(rmsProp, "square_avg"), First(rmsProp, "grad_avg")));

        static float First(Optimizer optimizer, string name) => TensorMemory.Span<float>(optimizer.State.Single(s => s.Key == name).Value)[Numbers - 1];
    }

    private sealed class SevenNumbers : nn.Module
    {
        private readonly TorchSharp.Modules.Parameter numbers;

        public long Count => numbers.numel();

        public SevenNumbers()
            : base(nameof(SevenNumbers))
        {
            numbers = new TorchSharp.Modules.Parameter(tensor(Enumerable.Range(0, Numbers).Select(i => (float)(0.1 * (i - 3))).ToArray()));
            RegisterComponents();
        }
    }
}
