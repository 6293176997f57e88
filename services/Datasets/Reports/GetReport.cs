using System.Security.Claims;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>
/// `GET /v1/datasets/{dataset_id}/versions/{version}/report`, as JSON, or as a page with `?format=html` or `Accept: text/html`. Empty of problems while the
/// version is `validating`. The figures are computed at the first call and kept; while they are being computed the answer comes without them.
/// </summary>
internal static class GetReport
{
    private const string Html = "html";
    private static readonly string[] Formats = ["json", Html];

    public static async Task<Results<Ok<DatasetReport>, ContentHttpResult, ApiError>> Handle(
        string dataset_id, string version, HttpContext context, ClaimsPrincipal user, DatasetsDbContext db, ComputeFigures computing, IOptions<ReportOptions> options, TimeProvider clock,
        CancellationToken cancellationToken, string? format = null)
    {
        if (format is not null && !Formats.Contains(format))
            return ApiError.BadRequest($"'format' must be one of {string.Join(", ", Formats)}.", "format");
        if (await db.FindVersionAsync(dataset_id, version, user.ProjectName(), cancellationToken) is not { } found)
            return GetDatasetVersion.NotFound(dataset_id, version);

        var problems = await db.Problems.AsNoTracking().Where(problem => problem.DatasetId == found.DatasetId && problem.Number == found.Number)
            .OrderBy(problem => problem.Position).ToListAsync(cancellationToken);
        var (status, figures) = await FiguresAsync(found, db, computing, options.Value.WaitAtMost, clock, cancellationToken);
        if (status == "computing")
            context.Response.Headers.RetryAfter = "5";
        var report = new DatasetReport
        {
            DatasetId = found.DatasetId,
            Version = found.Number,
            Status = found.Status,
            Lines = found.Lines,
            Examples = found.Examples ?? 0,
            Tokens = found.Tokens(),
            ProblemCount = found.ProblemCount,
            Problems = [.. problems.Select(problem => problem.ToObject())],
            FiguresStatus = status,
            Figures = figures,
        };
        context.Response.Headers.Vary = HeaderNames.Accept;
        if (format is null ? !PrefersHtml(context.Request) : format != Html)
            return TypedResults.Ok(report);

        var name = await db.Datasets.Where(dataset => dataset.Id == found.DatasetId).Select(dataset => dataset.Name).SingleAsync(cancellationToken);
        // The page holds no script and asks for nothing; what a dataset says in it cannot either.
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Content(ReportPage.Render(name, report, found.ToObject()), "text/html", System.Text.Encoding.UTF8);
    }

    private static async Task<(string Status, DatasetFigures? Figures)> FiguresAsync(
        DatasetVersion version, DatasetsDbContext db, ComputeFigures computing, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (version.Status != DatasetVersion.Validated)
            return ("unavailable", null);
        var kept = await db.QualityReports.AsNoTracking().SingleOrDefaultAsync(
            report => report.DatasetId == version.DatasetId && report.Number == version.Number && report.Edition == ComputeFigures.Edition, cancellationToken);
        if (kept is not null)
            return ("ready", JsonSerializer.Deserialize<DatasetFigures>(kept.Figures, WireJson.Options));
        try
        {
            return await computing.RunAsync(version).WaitAsync(patience, clock, cancellationToken) is { } figures ? ("ready", figures) : ("unavailable", null);
        }
        catch (TimeoutException)
        {
            return ("computing", null);
        }
        // A delete came between the row and the bytes; a row that still stands without bytes is a lost file and flies.
        catch (FileNotFoundException) when (new[] { version.TrainingFile, version.ValidationFile, version.TestFile }.OfType<string>().Any(id => db.Files.All(row => row.Id != id)))
        {
            return ("unavailable", null);
        }
    }

    /// <summary>Browsers name HTML; programs name JSON, or anything.</summary>
    private static bool PrefersHtml(HttpRequest request)
    {
        double Quality(string type) => request.GetTypedHeaders().Accept.Where(accepted => accepted.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)).Select(accepted => accepted.Quality ?? 1).DefaultIfEmpty(0).Max();
        return Quality("text/html") is > 0 and var html && html >= Quality("application/json");
    }
}
