namespace Smml.MLNet.Inference;

/// <summary>The engines of this process by the hash of their model, so that a model that is loaded
/// or scored repeatedly is built once.</summary>
/// <remarks>The last few engines are kept alive; older ones live as long as somebody uses them.</remarks>
internal static class EngineCache
{
    private const int Kept = 3;

    private static readonly Lock s_gate = new();
    private static readonly Dictionary<string, WeakReference<SegmentationEngine>> s_engines = [];
    private static readonly List<SegmentationEngine> s_recent = [];

    /// <summary>The engine with this key, or null.</summary>
    public static SegmentationEngine? Find(string key)
    {
        lock (s_gate)
        {
            if (!s_engines.TryGetValue(key, out WeakReference<SegmentationEngine>? weak)
                || !weak.TryGetTarget(out SegmentationEngine? engine))
                return null;
            Touch(engine);
            return engine;
        }
    }

    /// <summary>The engine with this key; it is made where there is none.</summary>
    public static SegmentationEngine GetOrAdd(string key, Func<SegmentationEngine> make)
    {
        lock (s_gate)
        {
            if (Find(key) is { } found)
                return found;
            SegmentationEngine engine = make();
            s_engines[key] = new(engine);
            Touch(engine);
            return engine;
        }
    }

    /// <summary>Forgets an engine, as if the process were new; only tests need it, to read weights again.</summary>
    public static void Remove(string key, SegmentationEngine engine)
    {
        lock (s_gate)
        {
            s_recent.Remove(engine);
            if (s_engines.TryGetValue(key, out WeakReference<SegmentationEngine>? weak)
                && weak.TryGetTarget(out SegmentationEngine? found)
                && ReferenceEquals(found, engine))
                s_engines.Remove(key);
        }
    }

    private static void Touch(SegmentationEngine engine)
    {
        s_recent.Remove(engine);
        s_recent.Insert(0, engine);
        if (s_recent.Count > Kept)
            s_recent.RemoveAt(Kept);
    }
}
