using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Bench.Workers;

/// <summary>GPT-2 as a user of TorchSharp writes it, in the style of nanoGPT: 4 layers, width 128, 4 heads, tied embeddings.</summary>
internal sealed class GptNet : nn.Module<Tensor, Tensor>
{
    private const int Layers = 4;
    private const int Width = 128;
    private const int Heads = 4;
    private readonly Embedding wte;
    private readonly Embedding wpe;
    private readonly ModuleList<Block> h;
    private readonly LayerNorm ln_f;

    public GptNet(long vocabulary, long context)
        : base(nameof(GptNet))
    {
        wte = nn.Embedding(vocabulary, Width);
        wpe = nn.Embedding(context, Width);
        h = nn.ModuleList([.. Enumerable.Range(0, Layers).Select(_ => new Block())]);
        ln_f = nn.LayerNorm([Width]);
        RegisterComponents();
        nn.init.normal_(wte.weight!, 0, 0.02);
        nn.init.normal_(wpe.weight!, 0, 0.02);
    }

    public override Tensor forward(Tensor input)
    {
        Tensor x = wte.call(input) + wpe.call(arange(input.size(1)));
        foreach (Block block in h)
        {
            x = block.call(x);
        }

        return nn.functional.linear(ln_f.call(x), wte.weight!);
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly LayerNorm ln_1 = nn.LayerNorm([Width]);
        private readonly Linear c_attn = nn.Linear(Width, 3 * Width);
        private readonly Linear attn_proj = nn.Linear(Width, Width);
        private readonly LayerNorm ln_2 = nn.LayerNorm([Width]);
        private readonly Linear c_fc = nn.Linear(Width, 4 * Width);
        private readonly Linear c_proj = nn.Linear(4 * Width, Width);

        public Block()
            : base(nameof(Block)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            Tensor x = input + Attention(ln_1.call(input));
            return x + c_proj.call(nn.functional.gelu(c_fc.call(ln_2.call(x))));
        }

        private Tensor Attention(Tensor x)
        {
            (long batch, long length) = (x.size(0), x.size(1));
            Tensor[] qkv = c_attn.call(x).split(Width, dim: 2);
            Tensor[] heads = [.. qkv.Select(part => part.view(batch, length, Heads, Width / Heads).transpose(1, 2))];
            Tensor y = nn.functional.scaled_dot_product_attention(heads[0], heads[1], heads[2], is_casual: true);
            return attn_proj.call(y.transpose(1, 2).contiguous().view(batch, length, Width));
        }
    }
}
