namespace Smml.MLNet;

/// <summary>How a missing scan is simulated in an evaluation.</summary>
public enum EvaluationProtocol
{
    /// <summary>The scan is taken away before anything is read: crop box and z-score come from the scans that are left, as in a hospital
    /// that does not have it (default).</summary>
    Deployed,

    /// <summary>All scans of the case are preprocessed together, and the networks see some of them, as in every published table.</summary>
    Paper,
}
