/// <summary>The names that AppHost.cs, configuration keys and people use; each stands here once.</summary>
internal static class ResourceNames
{
    public const string Postgres = "postgres";
    public const string DatasetsDb = "datasets-db";
    public const string TrainingDb = "training-db";
    public const string InferenceDb = "inference-db";
    public const string Cache = "cache";
    public const string Bus = "bus";

    public const string DatasetsMigrations = "datasets-migrations";
    public const string TrainingMigrations = "training-migrations";
    public const string InferenceMigrations = "inference-migrations";

    public const string Datasets = "datasets";
    public const string Training = "training";
    public const string Inference = "inference";
    public const string LocalProvider = "local-provider";
    public const string Studio = "studio";

    public const string InternalKey = "internal-key";
    public const string LocalProviderKey = "local-provider-key";
    public const string OpenAIKey = "openai-api-key";
}
