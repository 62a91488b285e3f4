namespace Smml.MLNet.WeightFiles;

/// <summary>The format of a file of weights. The content decides it, not the extension.</summary>
internal enum WeightFileKind
{
    /// <summary>The zip archive that <c>torch.save</c> writes since PyTorch 1.6.</summary>
    TorchZip,

    /// <summary>The sequence of pickles that <c>torch.save</c> wrote from PyTorch 0.1.10 to 1.5.</summary>
    TorchLegacy,

    /// <summary>A JSON header and the elements behind it.</summary>
    SafeTensors,
}
