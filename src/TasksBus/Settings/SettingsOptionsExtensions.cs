using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace TasksBus.Settings;

/// <summary>Adds the check of settings to options.</summary>
public static class SettingsOptionsExtensions
{
    /// <summary>Checks options with <see cref="SettingFaults"/>, at the start and wherever they are used earlier.</summary>
    public static OptionsBuilder<TOptions> ValidateSettings<TOptions>(this OptionsBuilder<TOptions> builder, string section)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IValidateOptions<TOptions>>(new Validator<TOptions>(section));
        return builder.ValidateOnStart();
    }

    private sealed class Validator<TOptions>(string section) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            var faults = SettingFaults.Of(options, section).ToList();
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
