namespace Smml.MLNet.Inference;

/// <summary>The engines of this process by the hash of their model, so that a model that is loaded or scored repeatedly is built once.</summary>
/// <remarks>The last few engines are kept alive; older ones live as long as somebody uses them.</remarks>
internal static class EngineCache
{
    private const int Kept = 3;

    private static readonly Lock s_gate = new();
    private static readonly Dictionary<string, WeakReference<SmmlEngine>> s_engines = [];
    private static readonly List<SmmlEngine> s_recent = [];

    /// <summary>The engine with this key, or null.</summary>
    public static SmmlEngine? Find(string key)
    {
        lock (s_gate)
        {
            if (!s_engines.TryGetValue(key, out WeakReference<SmmlEngine>? weak) || !weak.TryGetTarget(out SmmlEngine? engine))
                return null;
            Touch(engine);
            return engine;
        }
    }

    /// <summary>The engine with this key; it is made where there is none.</summary>
    public static SmmlEngine GetOrAdd(string key, Func<SmmlEngine> make)
    {
        lock (s_gate)
        {
            if (Find(key) is { } found)
                return found;
            SmmlEngine engine = make();
            s_engines[key] = new(engine);
            Touch(engine);
            return engine;
        }
    }

    /// <summary>Forgets an engine that its owner disposes.</summary>
    public static void Remove(string key, SmmlEngine engine)
    {
        lock (s_gate)
        {
            s_recent.Remove(engine);
            if (s_engines.TryGetValue(key, out WeakReference<SmmlEngine>? weak) && weak.TryGetTarget(out SmmlEngine? found) && ReferenceEquals(found, engine))
                s_engines.Remove(key);
        }
    }

    private static void Touch(SmmlEngine engine)
    {
        s_recent.Remove(engine);
        s_recent.Insert(0, engine);
        if (s_recent.Count > Kept)
            s_recent.RemoveAt(Kept);
    }
}
