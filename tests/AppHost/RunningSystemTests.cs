#pragma warning disable CA1416 // File modes do not exist on Windows; the runner is for Linux.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FineTuneAspire.AppHost.WithoutAspire.Servers;
using FineTuneAspire.TestKit;
using Npgsql;

namespace FineTuneAspire.AppHost.Tests;

/// <summary>One small system for the tests that leave it as they found it.</summary>
public sealed class RunningSystem : IAsyncLifetime
{
    internal SmallSystem Small { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Small = await SmallSystem.StartAsync();
        await Small.IsUpAsync("front");
    }

    public ValueTask DisposeAsync() => Small.DisposeAsync();
}

public sealed class RunningSystemTests(RunningSystem running) : IClassFixture<RunningSystem>
{
    private readonly SmallSystem _small = running.Small;

    [Fact]
    public async Task Connection_strings_are_named_after_their_resources_and_work()
    {
        var environment = await _small.EnvironmentOfAsync("back");

        Assert.StartsWith("amqp://", environment["ConnectionStrings__bus"], StringComparison.Ordinal);
        Assert.Matches("^127\\.0\\.0\\.1:\\d+,password=.{32}$", environment["ConnectionStrings__cache"]);
        await using var database = NpgsqlDataSource.Create(environment["ConnectionStrings__things-db"]);
        await using var which = database.CreateCommand("SELECT current_database()");
        Assert.Equal("things-db", await which.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Services_find_each_other_by_name()
    {
        var back = (await _small.ResourceAsync("back")).GetProperty("urls")[0].GetString();

        var environment = await _small.EnvironmentOfAsync("front");

        Assert.Equal(back, environment["services__back__http__0"]);
        Assert.Equal($"{back}/v1", environment["BACK_V1"]);
    }

    [Fact]
    public async Task The_launch_profile_is_applied_and_the_app_host_wins_over_it()
    {
        var back = await _small.EnvironmentOfAsync("back");
        var front = await _small.EnvironmentOfAsync("front");

        Assert.Equal("from the app host", back["GREETING"]);
        Assert.Equal("from the profile", front["GREETING"]);
        Assert.Equal("Development", front["ASPNETCORE_ENVIRONMENT"]);
        Assert.Equal("http", front["DOTNET_LAUNCH_PROFILE"]);
    }

    [Fact]
    public async Task Telemetry_goes_to_the_page_over_HTTP()
    {
        var environment = await _small.EnvironmentOfAsync("back");

        Assert.Equal(_small.Page.BaseAddress, new Uri(environment["OTEL_EXPORTER_OTLP_ENDPOINT"]));
        Assert.Equal("http/protobuf", environment["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        Assert.Equal("back", environment["OTEL_SERVICE_NAME"]);
        Assert.StartsWith("service.instance.id=", environment["OTEL_RESOURCE_ATTRIBUTES"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_generated_parameter_is_kept_in_a_file_that_only_its_owner_reads()
    {
        var secret = (await _small.EnvironmentOfAsync("back"))["SECRET"];
        var file = Path.Combine(_small.DataFolder, "secrets", "secret");

        Assert.Equal(32, secret.Length);
        Assert.Equal(secret, await File.ReadAllTextAsync(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void Nobody_else_can_list_or_read_the_data_folder()
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(_small.DataFolder) & others);
        foreach (var folder in Directory.EnumerateDirectories(_small.DataFolder))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [Fact]
    public async Task A_log_has_the_process_output_without_its_terminal_colours()
    {
        var log = await _small.Page.GetFromJsonAsync<JsonElement>("/api/resources/first/logs");

        Assert.Contains("about to end", log.GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Endpoints_are_written_when_everything_is_up()
    {
        var file = Path.Combine(_small.DataFolder, "endpoints.json");
        await Eventually.True(() => File.Exists(file), because: "endpoints.json is there");
        var endpoints = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(file));

        Assert.Equal((await _small.ResourceAsync("front")).GetProperty("urls")[0].GetString() + "/v1", endpoints.GetProperty("base_url").GetString());
        Assert.Equal(_small.Page.BaseAddress, new Uri(endpoints.GetProperty("pages").GetProperty("dashboard").GetString()!));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_second_start_on_the_same_folder_is_refused_and_names_the_first()
    {
        var (exitCode, output) = await SmallSystem.RunToEndAsync(_small.DataFolder);

        Assert.Equal(1, exitCode);
        Assert.Contains($"process {_small.Pid}", output, StringComparison.Ordinal);
        Assert.Equal("running", await _small.StateAsync("back"));
    }

    [Theory]
    [InlineData("cache")]
    [InlineData("bus")]
    [InlineData("back")]
    public async Task A_killed_process_is_shown_as_exited_and_starts_again_only_when_told(string name)
    {
        var before = await _small.IsUpAsync(name);
        Posix.Signal(before.GetProperty("pid").GetInt32(), Posix.SigKill);

        await _small.BecomesAsync(name, "exited");
        Assert.Equal(137, (await _small.ResourceAsync(name)).GetProperty("exit_code").GetInt32());
        Assert.Equal(HttpStatusCode.OK, (await _small.CommandAsync(name, "start")).StatusCode);

        var after = await _small.IsUpAsync(name);
        Assert.Equal(before.GetProperty("urls")[0].GetString(), after.GetProperty("urls")[0].GetString());
        Assert.NotEqual(before.GetProperty("pid").GetInt32(), after.GetProperty("pid").GetInt32());
    }

    [Fact]
    public async Task PostgreSQL_keeps_a_committed_row_over_kill_and_start()
    {
        var connection = (await _small.EnvironmentOfAsync("back"))["ConnectionStrings__things-db"] + ";Pooling=false";
        await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS kept (id int); INSERT INTO kept VALUES (1)");

        Posix.Signal((await _small.ResourceAsync("postgres")).GetProperty("pid").GetInt32(), Posix.SigKill);
        await _small.BecomesAsync("postgres", "exited");
        await _small.BecomesAsync("things-db", "waiting");
        await _small.CommandAsync("postgres", "start");
        await _small.IsUpAsync("things-db");

        Assert.Equal(1L, await ExecuteAsync(connection, "SELECT count(*) FROM kept"));
    }

    [Fact]
    public async Task A_stopped_service_says_so_and_a_second_stop_is_refused()
    {
        Assert.Equal(HttpStatusCode.OK, (await _small.CommandAsync("front", "stop")).StatusCode);
        Assert.Equal("stopped", await _small.StateAsync("front"));
        Assert.Equal(HttpStatusCode.Conflict, (await _small.CommandAsync("front", "stop")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _small.CommandAsync("nobody", "stop")).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await _small.CommandAsync("front", "restart")).StatusCode);
        await _small.IsUpAsync("front");
        Assert.Equal(HttpStatusCode.Conflict, (await _small.CommandAsync("front", "start")).StatusCode);
    }

    [Fact]
    public async Task Commands_from_another_web_page_are_refused()
    {
        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/api/resources/back/stop") { Headers = { { "Origin", "https://example.org" } } };
        using var sandboxed = new HttpRequestMessage(HttpMethod.Post, "/api/resources/back/stop") { Headers = { { "Origin", "null" } } };
        using var renamed = new HttpRequestMessage(HttpMethod.Get, "/api/resources") { Headers = { Host = "example.org" } };

        Assert.Equal(HttpStatusCode.Forbidden, (await _small.Page.SendAsync(foreign)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await _small.Page.SendAsync(sandboxed)).StatusCode);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await _small.Page.SendAsync(renamed)).StatusCode);
        Assert.Equal("running", await _small.StateAsync("back"));
    }

    private static async Task<object?> ExecuteAsync(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
