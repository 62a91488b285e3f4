using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>The weighted sum of the loss terms of one network, and each term.</summary>
internal sealed class LossSum
{
    /// <summary>The name of the sum in logs.</summary>
    public const string TotalName = "total";

    private readonly List<LossTerm> _terms = [];
    private Tensor? _total;

    /// <summary>The terms so far, in the order in which they were added.</summary>
    public IReadOnlyList<LossTerm> Terms => _terms;

    /// <summary>The weighted sum so far.</summary>
    public Tensor Total => _total ?? throw new InvalidOperationException("The loss has no term.");

    /// <summary>Adds a term.</summary>
    /// <param name="name">Its name in logs.</param>
    /// <param name="term">A number with a gradient.</param>
    /// <param name="weight">Its weight in the sum. A weight of 0 gives the parameters behind the term a gradient of 0, which is not the
    /// same as none: they still decay.</param>
    /// <param name="role">What the term is for.</param>
    public void Add(string name, Tensor term, double weight = 1, LossRole role = LossRole.Part)
    {
        _terms.Add(new(name, null, term, role));
        Tensor weighted = weight == 1 ? term : term.Times(weight);
        _total = _total is null ? weighted : _total.Plus(weighted);
    }

    /// <summary>Adds the sum itself as the last term.</summary>
    public void Finish() => _terms.Add(new(TotalName, null, Total, LossRole.Total));
}
