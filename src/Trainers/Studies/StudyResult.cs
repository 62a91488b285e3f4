namespace Smml.MLNet.Studies;

/// <summary>What became of an entry.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Model">Its trained model.</param>
/// <param name="Report">The scores on the held-out cases.</param>
/// <param name="Cost">What training and scoring took.</param>
/// <param name="Refused">The training cases that could not be used, with the reasons.</param>
/// <param name="IsKept">Whether an earlier run trained the model.</param>
internal sealed record StudyResult(
    StudyEntry Entry,
    SegmentationModelInfo Model,
    SegmentationReport Report,
    StudyCost Cost,
    IReadOnlyList<CaseWarning> Refused,
    bool IsKept);

/// <summary>What training and scoring took on this machine; null where it was not measured.</summary>
/// <param name="TrainingPeakBytes">The largest memory of the process during training, cases included.</param>
/// <param name="ScoringPeakBytes">The largest memory of the process during the scoring of single cases.</param>
/// <param name="SecondsPerCase">From the files of a case, with all its scans, to its
/// segmentation; the mean over the held-out cases.</param>
internal sealed record StudyCost(long? TrainingPeakBytes, long? ScoringPeakBytes, double? SecondsPerCase);

/// <summary>Where a study stands.</summary>
/// <param name="Entry">The current entry.</param>
/// <param name="Done">Entries that are done.</param>
/// <param name="Total">Entries in all.</param>
/// <param name="Training">The last training step of the entry; null before the first and while it is scored.</param>
/// <param name="Evaluation">The last scored case of the entry; null before its training is done.</param>
internal sealed record StudyProgress(StudyEntry Entry, int Done, int Total, TrainingProgress? Training, EvaluationProgress? Evaluation);
