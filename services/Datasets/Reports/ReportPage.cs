using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>A report as one HTML page that stands alone: style and plots are in it, it has no script and asks for nothing.</summary>
internal static class ReportPage
{
    private const int ClassesPlotted = 25;
    private const int ProblemsShown = 200;

    private const string Style = """
        :root { color-scheme: light dark; --page: #fcfcfb; --card: #ffffff; --text: #1c1f23; --soft: #5a626c; --line: #d9dde2; --bar: #2f6fb2; --second: #c9822b; --third: #6b7f3a; --rest: #e8ebef; --warn: #8a5a00; --bad: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --page: #14171a; --card: #1c2024; --text: #e6e9ec; --soft: #a3adb8; --line: #363d45; --bar: #6aa9e8; --second: #e0a458; --third: #a6bd6b; --rest: #2b3138; --warn: #e8b95a; --bad: #f28b82; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
        p { margin: .4rem 0; } .soft, figcaption { color: var(--soft); } .soft { font-size: .9rem; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; }
        .tiles div, figure, .list li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
        .tiles div { padding: .6rem .8rem; } .tiles dd { white-space: nowrap; } dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
        .list { list-style: none; margin: 0; padding: 0; } .list li { padding: .6rem .8rem; margin: 0 0 .5rem; border-left: .3rem solid var(--second); }
        figure { margin: 0; padding: .8rem; overflow-x: auto; } figcaption { font-size: .85rem; margin-top: .4rem; }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: .75rem; }
        svg { display: block; width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 11px; } svg.wide { min-width: 34rem; } svg.wide text { font-size: 12px; fill: var(--text); }
        .bar, .training { fill: var(--bar); background: var(--bar); } .validation { fill: var(--second); background: var(--second); } .test { fill: var(--third); background: var(--third); } .rest { fill: var(--rest); } .axis { stroke: var(--line); }
        .key { display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem; margin: 0 .2rem 0 .6rem; vertical-align: -.05rem; }
        svg.share { display: inline-block; width: 4.5rem; vertical-align: -.05rem; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; } caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
        th, td { text-align: left; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; } th { font-weight: 600; } td:has(bdi) { min-width: 9rem; overflow-wrap: anywhere; } td:has(svg), td code { white-space: nowrap; } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        code { font-size: .88em; } .error { color: var(--bad); } .warning { color: var(--warn); } details summary { cursor: pointer; margin: .5rem 0; }
        @media print { .scroll { overflow: visible; } figure, tr, li { break-inside: avoid; } }
        """;

    public static string Render(string name, DatasetReport report, DatasetVersionObject version) => Html.Of($"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{name}, version {report.Version}: report</title><style>{new Html(Style)}</style></head>
        <body><main>
        <h1><bdi>{name}</bdi>, version {report.Version}</h1>
        <p class="soft">{report.DatasetId} · {report.Status} · method {version.Method}{(version.Format is { } format ? $" · read as {format}" : "")}</p>
        {(version.Error is { } error ? Html.Of($"""<p class="error"><strong>{error.Code}</strong>: {error.Message}</p>""") : Html.None)}
        {Tiles(report, version)}
        {(report.Figures is { } figures ? Figures(figures) : Missing(report))}
        {Problems(report)}
        </main></body></html>
        """).Markup;

    private static Html Tiles(DatasetReport report, DatasetVersionObject version)
    {
        static Html Tile(string name, Html value) => Html.Of($"<div><dt>{name}</dt><dd>{value}</dd></div>");
        var tiles = new List<Html> { Tile("Examples", Html.Of($"{report.Examples:N0}")) };
        if (version.SplitCounts is { } parts)
            tiles.Add(Tile("Training · valid. · test", Html.Of($"{parts.Train:N0} · {parts.Validation:N0} · {parts.Test:N0}")));
        if (report.Tokens is { } tokens)
            tiles.Add(Tile("Tokens (o200k_base)", Html.Of($"{tokens.Total:N0}")));
        if (report.Figures is { } figures)
            tiles.Add(Tile("Exact duplicates", Html.Of($"{figures.Duplicates.Exact:N0}")));
        if (version.Leakage is { } leakage)
        {
            tiles.Add(Tile("Near duplicates", Html.Of($"{leakage.NearDuplicates:N0}")));
            tiles.Add(Tile("Leaks", Html.Of($"{leakage.Leaks:N0}")));
        }

        tiles.Add(Tile("Problems", Html.Of($"{report.ProblemCount:N0}")));
        return Html.Of($"""<dl class="tiles">{Html.Join(tiles)}</dl>""");
    }

    private static Html Missing(DatasetReport report) => report.FiguresStatus == "computing"
        ? Html.Of($"<p>The figures are being computed. Open the page again in a few seconds.</p>")
        : Html.Of($"""<p class="soft">There are no figures: {(report.Status == "validated" ? "a file of the version was deleted" : $"the version is {report.Status}")}.</p>""");

    private static Html Figures(DatasetFigures figures) => Html.Of($"""
        <section aria-labelledby="look"><h2 id="look">What to look at</h2>{(figures.Suggestions.Count == 0
            ? Html.Of($"<p>Nothing stands out.</p>")
            : Html.Of($"""<ul class="list">{Html.Join(figures.Suggestions.Select(suggestion => Html.Of($"""<li dir="auto">{suggestion.Message}</li>""")))}</ul>"""))}</section>
        <section aria-labelledby="labels"><h2 id="labels">Labels</h2>{Labels(figures.Labels)}</section>
        <section aria-labelledby="lengths"><h2 id="lengths">Lengths</h2><div class="plots">{Plots.Histogram("tokens", "Tokens of an example", "tokens", figures.Lengths.Tokens)}{Plots.Histogram("turns", "Messages of an example", "messages", figures.Lengths.Turns)}{Plots.Histogram("input", "Text before the answer", "characters", figures.Lengths.InputCharacters)}{(figures.Lengths.AnswerCharacters is { } answers ? Plots.Histogram("answer", figures.Method == "dpo" ? "Preferred answer" : "Answer", "characters", answers) : Html.None)}</div></section>
        <section aria-labelledby="consistency"><h2 id="consistency">Equal inputs</h2>{Consistency(figures.Consistency)}</section>
        <section aria-labelledby="prompts"><h2 id="prompts">System prompts</h2>{SystemPrompts(figures.SystemPrompts)}</section>
        {(figures.Preferences is { } preferences ? Preferences(preferences) : Html.None)}
        <section aria-labelledby="diversity"><h2 id="diversity">Diversity</h2>{Diversity(figures.Diversity)}</section>
        <section aria-labelledby="roles"><h2 id="roles">Roles</h2>{Table("Messages of each role", ["Role", "#Messages", "#Examples with it", "#Characters"], figures.Roles.Select(role => new[] { Html.Of($"{role.Role}"), Html.Of($"{role.Messages:N0}"), Html.Of($"{role.Examples:N0}"), Html.Of($"{role.Characters:N0}") }))}</section>
        """);

    private static Html Labels(LabelFigures labels)
    {
        if (!labels.Found)
            return Html.Of($"""<p class="soft">{labels.Rule}</p>""");
        var more = labels.Classes.Count - ClassesPlotted;
        var table = Table("Examples of each label", ["Label", "#Training", "#Validation", "#Test", "Share"], labels.Classes.Select(one => new[]
        {
            Html.Of($"<bdi>{one.Label}</bdi>"), Html.Of($"{one.Training:N0}"), Html.Of($"{one.Validation:N0}"), Html.Of($"{one.Test:N0}"), Plots.Share(one.Share),
        }));
        return Html.Of($"""
            {Plots.Classes([.. labels.Classes.Take(ClassesPlotted)])}{(more > 0 ? Html.Of($"""<p class="soft">and {more:N0} smaller ones</p>""") : Html.None)}
            <p>{labels.Classes.Count:N0} labels; the largest has {labels.Imbalance:0.##} times the examples of the smallest.</p><details><summary>All labels</summary>{table}</details><p class="soft">{labels.Rule}</p>
            """);
    }

    private static Html Consistency(ConsistencyFigures consistency)
    {
        var summary = Html.Of($"<p>Different inputs: {consistency.DistinctInputs:N0}. More than once: {consistency.RepeatedInputs:N0}. With different answers: {consistency.ConflictingInputs:N0}, in {consistency.ConflictingExamples:N0} examples.</p>");
        if (consistency.Conflicts.Count == 0)
            return summary;
        var rows = consistency.Conflicts.SelectMany(conflict => conflict.Rows.Select((row, index) => new[]
        {
            index == 0 ? Html.Of($"<bdi>{conflict.Input}</bdi>") : Html.Of($"""<span class="soft">the same</span>"""),
            Html.Of($"<bdi>{row.Answer}</bdi>"), Html.Of($"{row.Part}, line {row.Line:0}"), Html.Of($"<code>{row.Row[..12]}</code>"),
        }));
        return Html.Of($"{summary}{Table(consistency.Conflicts.Count < consistency.ConflictingInputs ? $"The first {consistency.Conflicts.Count} inputs with different answers" : "Inputs with different answers", ["Input", "Answer", "Where", "Row"], rows)}");
    }

    private static Html SystemPrompts(SystemPromptFigures prompts) => prompts.Distinct == 0
        ? Html.Of($"<p>No example has one.</p>")
        : Html.Of($"""<p>{prompts.Distinct:N0} different; {prompts.ExamplesWithout:N0} example(s) without one.</p>{Table("The most frequent", ["Prompt", "#Examples", "Share"], prompts.Prompts.Select(prompt => new[] { Html.Of($"<bdi>{prompt.Text}</bdi>"), Html.Of($"{prompt.Examples:N0}"), Plots.Share(prompt.Share) }))}""");

    private static Html Preferences(PreferenceFigures preferences) => Html.Of($"""
        <section aria-labelledby="preferences"><h2 id="preferences">Preferences</h2><p>The preferred answer is longer in {preferences.PreferredLonger:N0} pairs, shorter in {preferences.PreferredShorter:N0} and equally long in {preferences.EquallyLong:N0}.</p></section>
        """);

    private static Html Diversity(DiversityFigures diversity)
    {
        static Html[] Row(string name, TextDiversity text) =>
            [Html.Of($"{name}"), Html.Of($"{text.Words:N0}"), Html.Of($"{text.DistinctWords:N0}"), Html.Of($"{text.TypeTokenRatio:0.000}"), Html.Of($"{text.Distinct1:0.000}"), Html.Of($"{text.Distinct2:0.000}"), Html.Of($"{text.Distinct3:0.000}")];
        var rows = new List<Html[]> { Row("Users' messages", diversity.Inputs) };
        if (diversity.Answers is { } answers)
            rows.Add(Row("Answers", answers));
        var estimated = diversity.Inputs.Estimated || diversity.Answers is { Estimated: true };
        return Html.Of($"""
            {Table("The share of different words, pairs and triples of words: 1 where none repeats", ["Text", "#Words", "#Different", "#In 1,000 words", "#Words, share", "#Pairs, share", "#Triples, share"], rows)}{(estimated ? Html.Of($"""<p class="soft">Counts of different ones over 100,000 are estimates; their standard error is 0.8&nbsp;%.</p>""") : Html.None)}
            """);
    }

    private static Html Problems(DatasetReport report)
    {
        if (report.ProblemCount == 0)
            return Html.Of($"""<section aria-labelledby="problems"><h2 id="problems">Problems</h2><p>None.</p></section>""");
        var shown = report.Problems.OrderBy(problem => problem.Severity == "error" ? 0 : 1).Take(ProblemsShown).ToList();
        var rows = shown.Select(problem => new[]
        {
            Html.Of($"""<span class="{problem.Severity}">{problem.Severity}</span>"""), Html.Of($"{(problem.Line is { } line ? $"{line}" : "")}"),
            Html.Of($"<code>{problem.Code}</code>{(problem.Path is { } path ? Html.Of($"<br><code>{path}</code>") : Html.None)}"), Html.Of($"<bdi>{problem.Message}</bdi>"),
        });
        return Html.Of($"""<section aria-labelledby="problems"><h2 id="problems">Problems</h2>{Table($"{shown.Count:N0} of {report.ProblemCount:N0}, errors first", ["Severity", "#Line", "Rule", "What is wrong"], rows)}</section>""");
    }

    /// <param name="columns">One that begins with # holds numbers.</param>
    private static Html Table(string caption, string[] columns, IEnumerable<Html[]> rows)
    {
        static Html Class(string column) => column[0] == '#' ? new Html(" class=\"n\"") : Html.None;
        var head = columns.Select(column => Html.Of($"""<th scope="col"{Class(column)}>{column.TrimStart('#')}</th>"""));
        var body = rows.Select(cells => Html.Of($"<tr>{Html.Join(cells.Select((cell, index) => Html.Of($"<td{Class(columns[index])}>{cell}</td>")))}</tr>"));
        return Html.Of($"""<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption><thead><tr>{Html.Join(head)}</tr></thead><tbody>{Html.Join(body)}</tbody></table></div>""");
    }
}
