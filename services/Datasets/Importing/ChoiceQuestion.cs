using System.Text;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>A question with lettered options, written as the prompt that the model sees.</summary>
internal static class ChoiceQuestion
{
    public const string System = "Answer with the letter of the only correct option.";

    /// <param name="passage">A text that the question is about, or null.</param>
    public static string Prompt(string? passage, string question, IReadOnlyList<string> options)
    {
        var prompt = new StringBuilder();
        if (passage is not null)
            prompt.Append("Passage: ").Append(passage).Append('\n');
        prompt.Append("Question: ").Append(question).Append('\n');
        for (var i = 0; i < options.Count; i++)
            prompt.Append(Letter(i)).Append(". ").Append(options[i]).Append('\n');
        return prompt.Append("Answer:").ToString();
    }

    public static char Letter(int index) => (char)('A' + index);

    /// <summary>A letter, or a number from 0.</summary>
    /// <exception cref="RecordException">It names no option.</exception>
    public static string Answer(string answer, int options, string path)
    {
        answer = answer.Trim();
        var index = int.TryParse(answer, out var number) ? number : answer.Length == 1 ? char.ToUpperInvariant(answer[0]) - 'A' : -1;
        return index >= 0 && index < options
            ? Letter(index).ToString()
            : throw new RecordException(path, $"'{answer}' names none of the {options} options; it must be a letter from A to {Letter(options - 1)}, or a number from 0 to {options - 1}.");
    }
}
