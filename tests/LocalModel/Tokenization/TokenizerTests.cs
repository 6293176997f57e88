using System.Text;

namespace FineTuneAspire.LocalModel.Tests;

public sealed class TokenizerTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"tokenizer-{Guid.NewGuid():N}.json");

    [Theory]
    [InlineData("")]
    [InlineData("book a table")]
    [InlineData("{\"intent\":\"book\",\"slots\":{\"time\":\"19:30\"}}")]
    [InlineData("žluťoučký kůň\r\n\t 漢字 🦊 e\u0301")]
    public void Text_comes_back_as_it_was(string text) => Assert.Equal(text, Small.Tokenizer.Decode(Small.Tokenizer.Encode(text)));

    [Fact]
    public void Any_bytes_come_back_as_they_were()
    {
        var random = new SeededRandom(9);
        for (var round = 0; round < 200; round++)
        {
            var bytes = new byte[random.Next(300)];
            foreach (ref var b in bytes.AsSpan()) b = (byte)random.Next(256);
            Assert.Equal(bytes, Small.Tokenizer.DecodeBytes(Small.Tokenizer.EncodeBytes(bytes)));
        }
    }

    [Fact]
    public void A_word_has_the_same_tokens_in_a_sentence_and_in_quotes()
    {
        var word = Small.Tokenizer.Encode("Wilhelmina");
        Assert.Equal([' ', .. word, ' '], Small.Tokenizer.Encode(" Wilhelmina "));
        Assert.Equal(['"', .. word, '"'], Small.Tokenizer.Encode("\"Wilhelmina\""));
    }

    [Fact]
    public void Frequent_pairs_become_tokens() => Assert.True(Small.Tokenizer.Encode("the weather").Length < 8);

    [Fact]
    public void A_very_long_run_is_encoded_in_time_that_grows_with_its_length()
    {
        var text = new string('x', 2_000_000);
        Assert.Equal(text, Small.Tokenizer.Decode(Small.Tokenizer.Encode(text)));
    }

    [Fact]
    public void Streamed_text_equals_decoded_text_though_characters_are_cut_between_tokens()
    {
        const string text = "a🦊b漢 ž";
        var stream = new TextStream(Small.Tokenizer);
        StringBuilder streamed = new();
        foreach (var b in Encoding.UTF8.GetBytes(text)) streamed.Append(stream.Push(b));
        Assert.Equal(text, streamed.Append(stream.Finish()).ToString());

        var cut = new TextStream(Small.Tokenizer);
        Assert.Equal("", cut.Push(0xF0));
        Assert.Equal("\uFFFD", cut.Finish());
    }

    [Fact]
    public void A_saved_tokenizer_loads_as_the_same()
    {
        Small.Tokenizer.Save(_path);
        var loaded = Tokenizer.Load(_path);
        Assert.Equal(Small.Tokenizer.VocabularySize, loaded.VocabularySize);
        Assert.Equal(Small.Tokenizer.Encode("book the weather in Rome"), loaded.Encode("book the weather in Rome"));
    }

    [Theory]
    [InlineData("no json", "not JSON")]
    [InlineData("{}", "format")]
    [InlineData("{\"format\":\"finetuneaspire-bpe-1\"}", "merges")]
    [InlineData("{\"format\":\"finetuneaspire-bpe-1\",\"merges\":[[97]]}", "merges")]
    [InlineData("{\"format\":\"finetuneaspire-bpe-1\",\"merges\":[[97,999]]}", "merge 0")]
    [InlineData("{\"format\":\"finetuneaspire-bpe-1\",\"merges\":[[97,256]]}", "merge 0")]
    public void A_damaged_file_is_refused_with_what_is_wrong(string content, string expected)
    {
        File.WriteAllText(_path, content);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Tokenizer.Load(_path)).Message);
    }

    public void Dispose() => File.Delete(_path);
}
