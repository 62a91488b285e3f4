using Smml.MLNet.Networks;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>Three blocks with kernels 1, 3, 1, with which RFNet embeds and fuses features; the blocks are named 0, 1, 2.</summary>
internal sealed class ConvolutionChain : NamedModule<Tensor, Tensor>
{
    private readonly PostNormConvolution[] _blocks;

    public ConvolutionChain(int inputs, int inner, int outputs, ConvolutionPadding padding)
        : base(nameof(ConvolutionChain))
    {
        _blocks = [new(inputs, inner, 1, padding), new(inner, inner, 3, padding), new(inner, outputs, 1, padding)];
        for (int i = 0; i < _blocks.Length; i++)
            register_module($"{i}", _blocks[i]);
    }

    /// <summary>(B, inputs, X, Y, Z) to (B, outputs, X, Y, Z).</summary>
    public override Tensor forward(Tensor input)
    {
        using Tensor reduced = _blocks[0].call(input);
        using Tensor mixed = _blocks[1].call(reduced);
        return _blocks[2].call(mixed);
    }
}
