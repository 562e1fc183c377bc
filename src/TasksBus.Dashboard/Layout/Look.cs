using MudBlazor;

namespace TasksBus.Dashboard.Layout;

/// <summary>The colours and letters of the dashboard. Every pair of text and ground has a contrast of at least 4.5.</summary>
internal static class Look
{
    private static readonly string[] s_letters = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "Noto Sans", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#3949ab",
            Secondary = "#00695c",
            Background = "#f5f6fa",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#1f2333",
            DrawerBackground = "#ffffff",
            DrawerText = "#3a3f55",
            DrawerIcon = "#5a607a",
            TextPrimary = "#1f2333",
            TextSecondary = "#565c73",
            LinesDefault = "#e2e5ee",
            TableLines = "#e2e5ee",
            Error = "#b3261e",
            Success = "#1b6e3a",
            Warning = "#8a5300",
            Info = "#0b5a9d",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#9fa8ff",
            Secondary = "#5ed7c4",
            PrimaryContrastText = "#10142a",
            SuccessContrastText = "#10142a",
            ErrorContrastText = "#10142a",
            Background = "#12141c",
            Surface = "#1b1e29",
            AppbarBackground = "#1b1e29",
            AppbarText = "#e8eaf2",
            DrawerBackground = "#1b1e29",
            DrawerText = "#c9cddb",
            DrawerIcon = "#a2a8bd",
            TextPrimary = "#e8eaf2",
            TextSecondary = "#a9afc3",
            LinesDefault = "#2e3242",
            TableLines = "#2e3242",
            Error = "#ff8a80",
            Success = "#7ddc9b",
            Warning = "#ffc46b",
            Info = "#7fc4ff",
        },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = s_letters, FontSize = "0.9rem" } },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px" },
    };
}
