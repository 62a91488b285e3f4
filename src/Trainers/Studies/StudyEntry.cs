namespace Smml.MLNet.Studies;

/// <summary>One model of a study: a row of an ablation, a method of a comparison.</summary>
/// <param name="Key">The name of its files, for example <c>dual-pbc</c>.</param>
/// <param name="Name">Its name for people, for example <c>dual + PBC</c>.</param>
/// <param name="Options">How it is trained.</param>
/// <param name="UsesCues">Whether its training data carry the study's semantic cues.</param>
internal sealed record StudyEntry(string Key, string Name, SegmentationTrainerOptions Options, bool UsesCues);
