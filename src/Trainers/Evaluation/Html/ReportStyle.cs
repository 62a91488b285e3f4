namespace Smml.MLNet.Html;

/// <summary>The style of a page. No character here needs to be escaped in XML, which a browser
/// would not undo inside a style element.</summary>
internal static class ReportStyle
{
    /// <summary>What only a page of its own has.</summary>
    public const string Page = """

        html { background: #fff; }
        body { margin: 0; }
        @page { size: A4; margin: 14mm 12mm; }

        """;

    /// <summary>The report itself; each rule is bound to it, so that it can stand in a notebook.</summary>
    public const string Article = """

        .smml { --ink: #1b2430; --soft: #5b6675; --line: #d8dee6; --faint: #f4f6f9; --blue: #1f61b5; --wt: #56b4e9; --tc: #ff8a3d;
          --et: #f5e94b;
          max-width: 1100px; margin: 0 auto; padding: 28px 20px 40px; box-sizing: border-box; color: var(--ink); background: #fff;
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
            font-variant-numeric: tabular-nums;
          -webkit-print-color-adjust: exact; print-color-adjust: exact; }
        .smml header { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: baseline; justify-content: space-between;
          border-bottom: 2px solid var(--ink); padding-bottom: 10px; }
        .smml h1 { font-size: 26px; line-height: 1.2; margin: 0; letter-spacing: -0.01em; }
        .smml .notice { margin: 0; font-weight: 600; padding: 2px 10px; border: 1.5px solid var(--ink); border-radius: 3px; }
        .smml h2 { font-size: 19px; margin: 38px 0 2px; break-after: avoid; }
        .smml h3 { font-size: 15px; margin: 22px 0 8px; break-after: avoid; overflow-wrap: anywhere; }
        .smml h3 small { font-weight: 400; font-size: 14px; color: var(--soft); }
        .smml .sub { color: var(--soft); margin: 0 0 12px; break-after: avoid; }
        .smml .headline { font-size: 17px; margin: 4px 0 12px; break-after: avoid; }
        .smml dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 12px 24px; margin: 18px 0 10px; }
        .smml dt { color: var(--soft); font-size: 13px; }
        .smml dd { margin: 0; overflow-wrap: anywhere; }
        .smml summary { color: var(--blue); cursor: pointer; }
        .smml pre { font: 12.5px/1.5 ui-monospace, Consolas, Menlo, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
          background: var(--faint); padding: 12px 16px; }
        .smml a { color: var(--blue); }
        .smml table { border-collapse: collapse; font-size: 14px; margin: 0; background: none; color: inherit; }
        .smml th, .smml td { padding: 3px 6px; text-align: right; font-weight: 400; border: 0; white-space: nowrap; }
        .smml .l { text-align: left; }
        .smml .b { font-weight: 600; }
        .smml .cases .circles { letter-spacing: 0.08em; }
        .smml .wide { width: 100%; table-layout: fixed; }
        .smml .wide th[scope=row] { text-align: left; width: 48px; }
        .smml .wide tbody th[scope=row] { font-weight: 600; }
        .smml .wide td, .smml .wide th { padding: 2px 0; text-align: center; }
        .smml .wide .counts th { color: var(--soft); font-size: 13px; border-bottom: 1px solid var(--line); }
        .smml .wide .c, .smml .upright .c { font-size: 15px; line-height: 1.25; }
        .smml .wide .v { padding: 7px 0; border-bottom: 2px solid #fff; }
        .smml .wide .g { border-left: 5px solid #fff; }
        .smml .avg { font-weight: 600; }
        .smml .upright { display: none; }
        .smml .upright td, .smml .upright th { padding: 3px 12px; text-align: center; }
        .smml .upright thead th { border-bottom: 1px solid var(--line); color: var(--soft); }
        .smml .upright .v { border-left: 2px solid #fff; min-width: 44px; }
        .smml .upright .g td, .smml .upright .g th { border-top: 5px solid #fff; }
        .smml .s0 { background: #f4f8fd; } .smml .s1 { background: #e3eef9; } .smml .s2 { background: #cfe1f2; }
        .smml .s3 { background: #b0d2e8; } .smml .s4 { background: #8bbfdf; }
        .smml .s5 { background: #62a5d3; color: #06182b; } .smml .s6 { background: #2a74b5; color: #fff; }
        .smml .s7 { background: #155397; color: #fff; } .smml .s8 { background: #0b3066; color: #fff; }
        .smml svg { display: block; width: 100%; height: auto; }
        .smml svg text { font-size: 12.5px; fill: var(--ink); }
        .smml svg .grid { stroke: #e4e8ee; } .smml svg .axis { stroke: #8c96a3; }
        .smml svg .seen { fill: var(--ink); stroke: var(--ink); stroke-width: 1.4; }
        .smml svg .missing { fill: #fff; stroke: var(--ink); stroke-width: 1.4; }
        .smml svg .box { fill: #b0d2e8; stroke: #17436f; } .smml svg .median { stroke: #0b2545; stroke-width: 2.5; }
        .smml svg .whisker { stroke: #17436f; }
        .smml svg .point { fill: var(--blue); fill-opacity: 0.75; stroke: #fff; stroke-width: 0.8; }
        .smml svg .bar { stroke: #8bbfdf; stroke-width: 4; }
        .smml svg .panel { fill: var(--soft); } .smml svg .name { font-weight: 600; font-size: 14px; }
        .smml svg .difference { font-weight: 600; }
        .smml figure { margin: 16px 0 0; break-inside: avoid; }
        .smml figcaption { font-weight: 600; margin-bottom: 2px; }
        .smml .scroll { overflow-x: auto; }
        .smml .numbers, .smml .cases, .smml .reasons { margin-top: 8px; }
        .smml .numbers th, .smml .cases thead th, .smml .reasons thead th { color: var(--soft); }
        .smml .numbers th[scope=row] { color: inherit; text-align: left; font-weight: 600; }
        .smml .numbers .g { padding-left: 20px; } .smml .numbers th[colspan] { text-align: center; }
        .smml .cases, .smml .reasons { width: 100%; } .smml .cases td.l { padding-left: 28px; }
        .smml .cases thead th.l + th, .smml .cases thead th.l { padding-left: 6px; } .smml .cases thead th + th.l { padding-left: 28px; }
        .smml .cases th:first-child, .smml .reasons th:first-child, .smml .reasons td:first-child { padding-left: 0; }
        .smml .reasons td.l + td.l { padding-left: 20px; }
        .smml .cases tr, .smml .reasons tr { border-bottom: 1px solid var(--line); break-inside: avoid; }
        .smml .cases th.l { white-space: normal; overflow-wrap: anywhere; }
        .smml .reasons td.l, .smml .reasons th.l { white-space: normal; overflow-wrap: anywhere; vertical-align: top; }
        .smml .reasons th.l { min-width: 120px; padding-right: 20px; }
        .smml .reasons td { vertical-align: top; }
        .smml thead { display: table-header-group; }
        .smml .legend { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 0 0 8px; }
        .smml .key { display: inline-block; width: 22px; height: 0; margin-right: 8px; vertical-align: middle; border-top: 4px solid; }
        .smml .key.wt { border-color: var(--wt); } .smml .key.tc { border-color: var(--tc); } .smml .key.et { border-color: #d8c400; }
        .smml .key.expert { border-top: 3px dashed #777; }
        .smml .case { break-inside: avoid; }
        .smml .tiles { display: grid; gap: 4px; }
        .smml .caption { font-size: 13px; line-height: 1.35; padding: 0 2px 2px; align-self: end; }
        .smml .tile { background: #000; }
        .smml .tile path { fill: none; stroke-width: 1.7; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
        .smml .tile .wt { stroke: var(--wt); } .smml .tile .tc { stroke: var(--tc); } .smml .tile .et { stroke: var(--et); }
        .smml .tile .wt.found { fill: var(--wt); } .smml .tile .tc.found { fill: var(--tc); } .smml .tile .et.found { fill: var(--et); }
        .smml .tile .found { fill-opacity: 0.22; }
        .smml .tile .halo { stroke: #000; stroke-width: 2.2; stroke-opacity: 0.45; }
        .smml .tile .expert { stroke: #fff; stroke-width: 1.2; stroke-dasharray: 3.5 2.5; }
        .smml .tile text { fill: #fff; font-size: 13px; }
        .smml .notes ul { margin: 6px 0 0; padding-left: 20px; } .smml .notes li { margin: 2px 0; }
        .smml footer { margin-top: 34px; border-top: 1px solid var(--line); padding-top: 8px; font-weight: 600; }
        @media screen and (max-width: 840px) {
          .smml .wide { display: none; } .smml .upright { display: table; }
          .smml { padding: 18px 12px 30px; } .smml .caption { font-size: 12px; }
          .smml svg.boxes text, .smml svg.missing-scans text { font-size: 15px; }
        }
        @media print {
          .smml { font-size: 10.5pt; padding: 0; max-width: none; } .smml table { font-size: 8.5pt; } .smml h1 { font-size: 18pt; }
          .smml h2 { font-size: 13pt; margin-top: 18pt; }
          .smml .caption { font-size: 8pt; } .smml a { color: inherit; text-decoration: none; } .smml details { display: none; }
          .smml svg.boxes text, .smml svg.missing-scans text { font-size: 15px; }
        }

        """;
}
