using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

namespace TasksBus.Dashboard.Hosting;

/// <summary>
/// A page that leads to another one at once. A browser keeps the cookie back as long as it follows links and redirects of another site. It
/// sends it when a page of ours leads on.
/// </summary>
internal static class PageThatLeadsOn
{
    public static Task WriteAsync(HttpResponse response, string path)
    {
        var target = HtmlEncoder.Default.Encode(path);
        response.ContentType = "text/html; charset=utf-8";
        return response.WriteAsync(
            $"""<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={target}">"""
                + """<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>TasksBus</title>"""
                + $"""<a href="{target}">Go on</a></html>""");
    }
}
