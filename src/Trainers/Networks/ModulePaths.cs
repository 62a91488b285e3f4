using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>Registers submodules under dotted names, so that weights have the names of the released
/// checkpoints without their nesting of classes.</summary>
internal static class ModulePaths
{
    /// <summary>Registers a child as <c>a.b.c</c>; containers that exist only in the name are made as needed.</summary>
    public static void RegisterPath(this nn.Module module, string path, nn.Module child)
    {
        int dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            module.register_module(path, child);
            return;
        }

        string head = path[..dot];
        nn.Module? container = module.named_children().FirstOrDefault(pair => pair.name == head).module;
        if (container is null)
            module.register_module(head, container = new Container(head));
        container.RegisterPath(path[(dot + 1)..], child);
    }

    private sealed class Container(string name) : nn.Module(name);
}
