// Every kind of resource once, and a service that starts last and has a child of its own.
var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = args });

var secret = builder.AddParameter("secret", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);
var postgres = builder.AddPostgres("postgres").WithDataVolume();
var database = postgres.AddDatabase("things-db");
var cache = builder.AddRedis("cache").WithDataVolume().WithPersistence();
var bus = builder.AddRabbitMQ("bus").WithDataVolume();

var first = builder.AddProject<Projects.FineTuneAspire_TestEcho>("first", launchProfileName: null)
    .WithArgs("end", builder.Configuration["FIRST_ENDS_WITH"] ?? "0").WaitFor(database);
var back = builder.AddProject<Projects.FineTuneAspire_TestEcho>("back")
    .WithReference(database).WithReference(cache).WithReference(bus)
    .WithEnvironment("SECRET", secret)
    .WithEnvironment("GREETING", "from the app host")
    .WithEnvironment("SICK_WHILE_EXISTS", builder.Configuration["BACK_SICK_WHILE_EXISTS"] ?? "")
    .WaitFor(cache).WaitFor(bus).WaitForCompletion(first)
    .WithHttpHealthCheck("/health");
builder.AddProject<Projects.FineTuneAspire_TestEcho>("front")
    .WithReference(back)
    .WithEnvironment("BACK_V1", ReferenceExpression.Create($"{back.GetEndpoint("http")}/v1"))
    .WithEnvironment("WITH_STUBBORN_CHILD", "yes")
    .WaitFor(back)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health");

await builder.Build().RunAsync();
