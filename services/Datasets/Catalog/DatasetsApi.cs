using FineTuneAspire.Datasets.Lineage;
using FineTuneAspire.Datasets.Reports;
using FineTuneAspire.Datasets.Rows;
using FineTuneAspire.Datasets.Tokens;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>The routes of `/v1/datasets`.</summary>
internal static class DatasetsApi
{
    public static void MapDatasets(this IEndpointRouteBuilder v1)
    {
        var datasets = v1.MapGroup("/datasets").WithTags("Datasets");
        datasets.MapPost("/", CreateDataset.Handle);
        datasets.MapGet("/", ListDatasets.Handle);
        datasets.MapGet("/{dataset_id}", GetDataset.Handle);
        datasets.MapPost("/{dataset_id}/versions", CreateDatasetVersion.Handle);
        datasets.MapGet("/{dataset_id}/versions", ListDatasetVersions.Handle);
        datasets.MapGet("/{dataset_id}/versions/{version}", GetDatasetVersion.Handle);
        datasets.MapPost("/{dataset_id}/versions/{version}/cancel", CancelVersion.Handle);
        datasets.MapGet("/{dataset_id}/versions/{version}/events", StreamVersion.Handle);
        datasets.MapGet("/{dataset_id}/versions/{version}/rows", ListRows.Handle);
        datasets.MapGet("/{dataset_id}/versions/{version}/diff", DiffVersions.Handle);
        datasets.MapGet("/{dataset_id}/versions/{version}/lineage", GetLineage.Handle);
        datasets.MapGet("/{dataset_id}/versions/{version}/export", ExportDatasetVersion.Handle);
        datasets.MapGet("/{dataset_id}/versions/{version}/report", GetReport.Handle);
        datasets.MapGet("/{dataset_id}/versions/{version}/tokens", GetTokens.Handle);
    }
}
