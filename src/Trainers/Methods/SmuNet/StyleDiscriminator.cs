using Smml.MLNet.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.SmuNet;

/// <summary>Tells the style of a student from that of the teacher: strided convolutions down to one number.</summary>
/// <remarks>The released one has three halvings and a last kernel of 2x3x2, made for windows of 160x192x128. Here there are as many
/// halvings, up to three, as the shortest side of the style allows, and the last kernel is what is left of it.</remarks>
internal sealed class StyleDiscriminator : NamedModule<Tensor, Tensor>
{
    private const double Slope = 0.2;

    private readonly Conv3d[] _layers;

    /// <summary>Makes a network with PyTorch's initialisation.</summary>
    /// <param name="styles">Channels of a style.</param>
    /// <param name="channels">Those of the first layer; each of the next has twice as many.</param>
    /// <param name="shape">X, Y, Z of a style, 2 or more.</param>
    public StyleDiscriminator(int styles, int channels, (int X, int Y, int Z) shape)
        : base(nameof(StyleDiscriminator))
    {
        int halvings = Math.Min(3, (int)Math.Log2(Math.Min(shape.X, Math.Min(shape.Y, shape.Z))));
        List<Conv3d> layers = [];
        int inputs = styles;
        for (int i = 0; i < halvings; i++)
        {
            int outputs = channels << i;
            layers.Add(nn.Conv3d(inputs, outputs, 4, stride: 2, padding: 1));
            inputs = outputs;
        }

        layers.Add(nn.Conv3d(inputs, 1, (shape.X >> halvings, shape.Y >> halvings, shape.Z >> halvings)));
        _layers = [.. layers];
        for (int i = 0; i < _layers.Length; i++)
            register_module($"{2 * i}", _layers[i]);
    }

    /// <summary>(B, styles, X, Y, Z) to a logit for each sample, (B, 1, 1, 1, 1); high for a student.</summary>
    public override Tensor forward(Tensor style)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor current = style;
        for (int i = 0; i < _layers.Length; i++)
        {
            current = _layers[i].call(current);
            if (i + 1 < _layers.Length)
                current = current.LeakyReluInPlace(Slope);
        }

        return current.MoveToOuterDisposeScope();
    }

    /// <summary>Has the parameters take part in the passes that follow, or stand still in them.</summary>
    public void Freeze(bool frozen)
    {
        foreach (Parameter parameter in parameters())
            parameter.requires_grad = !frozen;
    }
}
