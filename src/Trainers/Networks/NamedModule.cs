using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>A module whose children and weights have exactly the names it registers them under, never the names of its fields.</summary>
internal abstract class NamedModule<TInput, TOutput>(string name) : nn.Module<TInput, TOutput>(name)
{
    protected sealed override void RegisterComponents()
    {
    }
}

/// <inheritdoc cref="NamedModule{TInput, TOutput}"/>
internal abstract class NamedModule<TFirst, TSecond, TOutput>(string name) : nn.Module<TFirst, TSecond, TOutput>(name)
{
    protected sealed override void RegisterComponents()
    {
    }
}

/// <inheritdoc cref="NamedModule{TInput, TOutput}"/>
internal abstract class NamedModule<TFirst, TSecond, TThird, TOutput>(string name) : nn.Module<TFirst, TSecond, TThird, TOutput>(name)
{
    protected sealed override void RegisterComponents()
    {
    }
}
