// The system, and nothing else: what there is, who talks to whom, what waits for what. Built with Aspire it runs under Aspire; built without, the
// runner in WithoutAspire/ gives the same calls the same meaning on plain processes.
var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
{
    Args = args,
    DeveloperCertificateDefaultHttpsTerminationEnabled = false, // Redis speaks plain TCP on this machine.
});

var data = builder.Configuration["FTA_DATA"] is { Length: > 0 } given ? given : Path.Combine(builder.AppHostDirectory, "..", ".data");
string DataPath(string name) => Path.GetFullPath(Path.Combine(data, name));
var keysFile = DataPath("keys.json");

var internalKey = builder.AddParameter(ResourceNames.InternalKey, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);
var localProviderKey = builder.AddParameter(ResourceNames.LocalProviderKey, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);
var openAIKey = builder.AddParameter(ResourceNames.OpenAIKey, () => builder.Configuration["OPENAI_API_KEY"] ?? "", secret: true);

var postgres = builder.AddPostgres(ResourceNames.Postgres).WithDataVolume();
var datasetsDb = postgres.AddDatabase(ResourceNames.DatasetsDb);
var trainingDb = postgres.AddDatabase(ResourceNames.TrainingDb);
var inferenceDb = postgres.AddDatabase(ResourceNames.InferenceDb);
var cache = builder.AddRedis(ResourceNames.Cache).WithDataVolume().WithPersistence();
var bus = builder.AddRabbitMQ(ResourceNames.Bus).WithDataVolume();

var datasetsMigrations = builder.AddProject<Projects.FineTuneAspire_Datasets>(ResourceNames.DatasetsMigrations, launchProfileName: null)
    .WithArgs("migrate").WithReference(datasetsDb).WaitFor(datasetsDb);
var trainingMigrations = builder.AddProject<Projects.FineTuneAspire_Training>(ResourceNames.TrainingMigrations, launchProfileName: null)
    .WithArgs("migrate").WithReference(trainingDb).WaitFor(trainingDb);
var inferenceMigrations = builder.AddProject<Projects.FineTuneAspire_Inference>(ResourceNames.InferenceMigrations, launchProfileName: null)
    .WithArgs("migrate").WithReference(inferenceDb).WaitFor(inferenceDb);

var localProvider = builder.AddProject<Projects.FineTuneAspire_LocalProvider>(ResourceNames.LocalProvider)
    .WithEnvironment("ApiKeys__Single", localProviderKey)
    .WithEnvironment("Storage__Path", DataPath("local-provider"))
    .WithHttpHealthCheck("/health");
var localProviderUrl = ReferenceExpression.Create($"{localProvider.GetEndpoint("http")}/v1");

var datasets = builder.AddProject<Projects.FineTuneAspire_Datasets>(ResourceNames.Datasets)
    .WithReference(datasetsDb).WithReference(bus).WithReference(cache)
    .WithEnvironment("ApiKeys__Internal", internalKey)
    .WithEnvironment("ApiKeys__File", keysFile)
    .WithEnvironment("Storage__Path", DataPath("datasets"))
    .WaitFor(bus).WaitFor(cache).WaitForCompletion(datasetsMigrations)
    .WithHttpHealthCheck("/health");

var training = builder.AddProject<Projects.FineTuneAspire_Training>(ResourceNames.Training)
    .WithReference(trainingDb).WithReference(bus).WithReference(cache)
    .WithReference(datasets)
    .WithEnvironment("ApiKeys__Internal", internalKey)
    .WithEnvironment("ApiKeys__File", keysFile)
    .WithEnvironment("Providers__local__BaseUrl", localProviderUrl)
    .WithEnvironment("Providers__local__ApiKey", localProviderKey)
    .WithEnvironment("Providers__local__ListIsConsistent", "true")
    .WithEnvironment("Providers__openai__ApiKey", openAIKey)
    .WaitFor(bus).WaitFor(cache).WaitForCompletion(trainingMigrations)
    .WithHttpHealthCheck("/health");

var inference = builder.AddProject<Projects.FineTuneAspire_Inference>(ResourceNames.Inference)
    .WithReference(inferenceDb).WithReference(bus).WithReference(cache)
    .WithReference(datasets).WithReference(training)
    .WithEnvironment("ApiKeys__Internal", internalKey)
    .WithEnvironment("ApiKeys__File", keysFile)
    .WithEnvironment("Providers__local__BaseUrl", localProviderUrl)
    .WithEnvironment("Providers__local__ApiKey", localProviderKey)
    .WithEnvironment("Providers__local__ListIsConsistent", "true")
    .WithEnvironment("Providers__openai__ApiKey", openAIKey)
    .WaitFor(bus).WaitFor(cache).WaitForCompletion(inferenceMigrations)
    .WithHttpHealthCheck("/health");

// Annotation asks models for proposals. Nobody waits for anybody: each service asks the other only when it needs it.
datasets.WithReference(inference);

builder.AddProject<Projects.FineTuneAspire_Studio>(ResourceNames.Studio)
    .WithReference(datasets).WithReference(training).WithReference(inference)
    .WithEnvironment("ApiKeys__Internal", internalKey)
    .WithEnvironment("ApiKeys__File", keysFile)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health");

await builder.Build().RunAsync();
