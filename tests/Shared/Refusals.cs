using TasksBus.Intake;
using Xunit;

namespace TasksBus.Tests;

/// <summary>Steps that must be refused.</summary>
internal static class Refusals
{
    /// <summary>Why a step is refused.</summary>
    public static Refusal By(Action step) => Assert.Throws<CommandRefusedException>(step).Refusal;

    /// <summary>Why a step is refused.</summary>
    public static async Task<Refusal> ByAsync(Func<Task> step) => (await Assert.ThrowsAsync<CommandRefusedException>(step)).Refusal;
}
