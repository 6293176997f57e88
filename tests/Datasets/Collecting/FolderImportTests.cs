using System.Net;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Collecting.Folders;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Collecting;

public sealed class FolderImportTests : IClassFixture<FolderImportTests.Host>
{
    private readonly string folder;
    private readonly DatasetsService service;

    public FolderImportTests(Host host) => (folder, service) = (host.Folder, host.Service);

    public sealed class Host : IAsyncLifetime
    {
        internal string Folder { get; } = TestFolder.Create("inbox");
        internal DatasetsService Service { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Service = await DatasetsService.StartAsync(
            ("Collecting:Folders:inbox:Path", Folder), ("Collecting:Folders:inbox:Project", "first"), ("Collecting:Folders:inbox:StableFor", "00:00:00"),
            ("Collecting:Folders:slow:Path", Folder), ("Collecting:Folders:slow:Project", "first"), ("Collecting:Folders:slow:StableFor", "00:00:03"),
            ("Collecting:PollEvery", "00:00:00.200"));

        public async ValueTask DisposeAsync() => await Service.DisposeAsync();
    }

    private string Write(string path, byte[] bytes)
    {
        var full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
        return full;
    }

    private Task<ImportObject> ImportAsync(string path, string name = "inbox") => service.ImportAsync(new { type = "folder", folder = name, path });

    [Fact]
    public async Task A_file_of_the_folder_becomes_a_file_object()
    {
        var lines = ChatFiles.Lines(20);
        Write("sub/größe.jsonl", lines);
        var import = await ImportAsync("sub/größe.jsonl");
        Assert.Equal("completed", import.Status);
        Assert.Equal("größe.jsonl", (await service.GetAsync<FileObject>($"/v1/files/{import.Files[0]}")).Filename);
        Assert.Equal(lines, await service.ContentAsync(import.Files[0]));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("sub/../../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("//etc/passwd")]
    [InlineData("./file")]
    [InlineData("sub//file")]
    [InlineData("sub/")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("..\\secret")]
    [InlineData("C:\\secret")]
    [InlineData("C:secret")]
    public async Task A_path_that_could_leave_the_folder_is_refused(string path) =>
        Assert.Equal((HttpStatusCode.BadRequest, "source.path"), await StatusAndParamAsync(path));

    private async Task<(HttpStatusCode, string?)> StatusAndParamAsync(string path)
    {
        var (status, param, _, _) = await service.RefusedAsync(new { type = "folder", folder = "inbox", path });
        return (status, param);
    }

    [Fact]
    public async Task No_link_is_followed_and_nothing_but_files_with_content_is_read()
    {
        var outside = TestFolder.Create("outside");
        File.WriteAllBytes(Path.Combine(outside, "secret.jsonl"), ChatFiles.Lines(10));
        File.CreateSymbolicLink(Path.Combine(folder, "link.jsonl"), Path.Combine(outside, "secret.jsonl"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "linked"), outside);
        Write("empty.jsonl", []);
        Directory.CreateDirectory(Path.Combine(folder, "directory"));
        using (var made = System.Diagnostics.Process.Start("mkfifo", Path.Combine(folder, "pipe")))
            await made.WaitForExitAsync();
        foreach (var path in new[] { "link.jsonl", "linked/secret.jsonl", "empty.jsonl", "directory", "pipe", "missing", "%2e%2e/secret", "a\u202Eb" })
            Assert.Equal((path, "no_file"), (path, (await ImportAsync(path)).Error?.Code));
        Assert.Empty(service.Incoming());
    }

    /// <summary>A folder on the way that becomes a link after it was looked at: the opened file's own place tells.</summary>
    [Fact]
    public void A_file_opened_through_a_link_that_came_meanwhile_is_not_taken()
    {
        var (root, outside) = (TestFolder.Create("root"), TestFolder.Create("outside"));
        File.WriteAllText(Path.Combine(outside, "secret"), "secret");
        Directory.CreateSymbolicLink(Path.Combine(root, "sub"), outside);
        using var opened = File.OpenRead(Path.Combine(root, "sub", "secret"));
        Assert.False(ConfinedFile.LiesIn(root, opened));
        File.WriteAllText(Path.Combine(root, "plain"), "plain");
        using var plain = File.OpenRead(Path.Combine(root, "plain"));
        Assert.True(ConfinedFile.LiesIn(root, plain));
        Directory.CreateSymbolicLink(root + "-link", root);
        Assert.True(ConfinedFile.LiesIn(root + "-link", plain));
        Assert.False(ConfinedFile.LiesIn(Directory.CreateDirectory(root[..^1]).FullName, plain));
    }

    [Fact]
    public async Task A_file_that_is_still_being_written_is_waited_for()
    {
        var lines = ChatFiles.Lines(30);
        var path = Write("growing.jsonl", lines[..100]);
        var import = await service.AskAsync(new { type = "folder", folder = "slow", path = "growing.jsonl" });
        await Eventually.True(async () => (await service.GetAsync<ImportObject>($"/v1/imports/{import.Id}")).Status == "running", because: "it waits");
        await using (var more = new FileStream(path, FileMode.Append))
            await more.WriteAsync(lines.AsMemory(100));
        var ended = await service.EndedAsync(import.Id);
        Assert.Equal(lines, await service.ContentAsync(Assert.Single(ended.Files)));
    }

    [Fact]
    public async Task Another_projects_folder_looks_as_if_there_were_none()
    {
        var theirs = await service.RefusedAsync(new { type = "folder", folder = "inbox", path = "x" }, service.Second);
        var none = await service.RefusedAsync(new { type = "folder", folder = "other", path = "x" }, service.Second);
        Assert.Equal((none.Status, none.Param, none.Code, none.Message.Replace("other", "inbox")), theirs);
    }

    [Fact]
    public async Task A_file_that_appears_in_a_watched_folder_is_imported_once_and_again_when_it_changes()
    {
        var watched = TestFolder.Create("watched");
        (string, string?)[] settings =
        [
            ("Collecting:Folders:drop:Path", watched), ("Collecting:Folders:drop:Project", "second"), ("Collecting:Folders:drop:Watch", "true"),
            ("Collecting:Folders:drop:StableFor", "00:00:00.500"), ("Collecting:PollEvery", "00:00:00.100"),
        ];
        await using var watching = await DatasetsService.StartAsync(settings);
        await File.WriteAllBytesAsync(Path.Combine(watched, "a.jsonl"), ChatFiles.Lines(10));
        File.CreateSymbolicLink(Path.Combine(watched, "passwd"), "/etc/passwd");
        await CountAsync(watching, 1);
        await File.WriteAllBytesAsync(Path.Combine(watched, "b.jsonl"), ChatFiles.Lines(11));
        await CountAsync(watching, 2);
        await File.WriteAllBytesAsync(Path.Combine(watched, "a.jsonl"), ChatFiles.Lines(12));
        await CountAsync(watching, 3);
        // The project of the folder owns them; nothing was imported twice, and no link was followed.
        Assert.Equal("second 3", await watching.Database.ScalarAsync<string>("SELECT string_agg(DISTINCT project, ',') || ' ' || count(*) FROM files"));
        Assert.Equal(3, await watching.Database.ScalarAsync<long>("SELECT count(*) FROM imports"));
    }

    private static Task CountAsync(DatasetsService watching, long files) =>
        Eventually.Equal(files, () => watching.Database.ScalarAsync<long>("SELECT count(*) FROM imports WHERE status = 'completed'"));
}
