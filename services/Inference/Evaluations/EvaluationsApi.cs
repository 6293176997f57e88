namespace FineTuneAspire.Inference.Evaluations;

internal static class EvaluationsApi
{
    public static void AddEvaluations(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<EvaluationsOptions>().BindConfiguration(EvaluationsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddInternalDatasets();
        builder.Services.AddSingleton<EvaluationSignal>();
        builder.Services.AddSingleton<EvaluationRunner>();
        builder.Services.AddHostedService<EvaluationLoop>();
    }

    public static void MapEvaluations(this IEndpointRouteBuilder v1)
    {
        var evaluations = v1.MapGroup("/evaluations").WithTags("Evaluations");
        evaluations.MapPost("", CreateEvaluation.Handle);
        evaluations.MapGet("", ListEvaluations.Handle);
        evaluations.MapGet("/{id}", GetEvaluation.Handle);
        evaluations.MapPost("/{id}/cancel", CancelEvaluation.Handle);
    }
}
