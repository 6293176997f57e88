using System.Buffers.Binary;
using System.Text;

namespace FineTuneAspire.LocalModel.Tests;

public sealed class ModelFolderTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"model-{Guid.NewGuid():N}");

    [Fact]
    public void A_model_saved_in_f32_loads_with_every_bit()
    {
        var model = Small.Model();
        model.Save(_folder);
        var loaded = LanguageModel.Load(_folder);
        Assert.Equal(model.Weights.Span.ToArray(), loaded.Weights.Span.ToArray());
        Assert.Equal(model.Config, loaded.Config);
        Assert.Equal(model.ParameterCount, loaded.ParameterCount);
    }

    [Fact]
    public void A_model_saved_in_bf16_is_half_as_large_and_rounds_each_weight_to_nearest()
    {
        var model = Small.Model();
        model.Save(_folder, WeightFormat.BF16);
        var loaded = LanguageModel.Load(_folder);
        Assert.InRange(new FileInfo(Path.Combine(_folder, "model.safetensors")).Length, model.ParameterCount * 2, model.ParameterCount * 2 + 4096);
        foreach (var (before, after) in model.Weights.Span.ToArray().Zip(loaded.Weights.Span.ToArray()))
            Assert.True(Math.Abs(before - after) <= Math.Abs(before) / 256, $"{before} became {after}");
        // What is once rounded stays: saving again changes nothing.
        loaded.Save(_folder, WeightFormat.BF16);
        Assert.Equal(loaded.Weights.Span.ToArray(), LanguageModel.Load(_folder).Weights.Span.ToArray());
    }

    [Fact]
    public void The_weights_file_is_laid_out_as_the_format_says()
    {
        Small.Model().Save(_folder);
        var bytes = File.ReadAllBytes(Path.Combine(_folder, "model.safetensors"));
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = Encoding.UTF8.GetString(bytes, 8, length);
        Assert.Equal(0, length % 8);
        Assert.StartsWith("{\"__metadata__\":{\"format\":\"pt\"},\"model.embed_tokens.weight\":{\"dtype\":\"F32\",\"shape\":[300,32],\"data_offsets\":[0,38400]}", header);
        Assert.Contains("\"model.layers.1.self_attn.k_proj.weight\":{\"dtype\":\"F32\",\"shape\":[32,32]", header);
    }

    [Theory]
    [InlineData("config.json", "{\"model_type\":\"gpt2\"}", "model_type")]
    [InlineData("config.json", "[]", "not a JSON object")]
    [InlineData("config.json", "nonsense", "config.json")]
    [InlineData("model.safetensors", "short", "shorter than its header")]
    [InlineData("model.safetensors", "99999999999", "header length")]
    [InlineData("model.safetensors", "\u0002\0\0\0\0\0\0\0{}", "'model.embed_tokens.weight' is missing")]
    public void A_damaged_file_is_refused_with_what_is_wrong(string file, string content, string expected)
    {
        Small.Model().Save(_folder);
        File.WriteAllText(Path.Combine(_folder, file), content);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => LanguageModel.Load(_folder)).Message);
    }

    [Fact]
    public void A_cut_off_weights_file_is_refused()
    {
        Small.Model().Save(_folder);
        var path = Path.Combine(_folder, "model.safetensors");
        using (var file = File.OpenWrite(path)) file.SetLength(file.Length - 4);
        Assert.Contains("does not lie inside the file", Assert.Throws<InvalidDataException>(() => LanguageModel.Load(_folder)).Message);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }
}
