using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;

namespace TasksBus.Storage.PostgreSql;

/// <summary>Stores the keys of ASP.NET Data Protection, so that all members of a cluster share them.</summary>
internal sealed class DatabaseKeys(PostgresDatabase database) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() =>
        [.. database.QueryAsync(
            static context => context.Keys.OrderBy(static key => key.Number).Select(static key => key.Xml).ToListAsync())
            .GetAwaiter().GetResult().Select(static xml => XElement.Parse(xml))];

    public void StoreElement(XElement element, string friendlyName) => database.Model.WriteAsync(async context =>
    {
        context.Add(new KeyRow { Xml = element.ToString(SaveOptions.DisableFormatting) });
        return await context.SaveChangesAsync();
    }).GetAwaiter().GetResult();
}
