namespace Smml.MLNet.Phantom;

/// <summary>The kind of tumour of a phantom.</summary>
public enum PhantomGrade
{
    /// <summary>Like a glioblastoma: an enhancing rim around necrosis, wide oedema.</summary>
    High,

    /// <summary>Like a lower-grade glioma: solid, little oedema, enhancement small or absent.</summary>
    Low,
}
