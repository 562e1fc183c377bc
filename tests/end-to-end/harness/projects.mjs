import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where packages of others are. */
export const known = folder => dotnet(folder, ['nuget', 'locals', 'global-packages', '--list']).replace(/^[^:]*: /, '').trim();

/** The version of the packages that `make pack` makes. */
export const version = '1.0.0';

/** A project in a folder of its own, which restores packages of ours from the folder of packages. */
export function newProject(workspace, packages, name, properties, references, others = '') {
  const folder = join(workspace.folder, name.toLowerCase());
  mkdirSync(folder);
  writeFileSync(join(folder, 'nuget.config'), `<configuration>
    <packageSources><clear /><add key="here" value="${packages}" /></packageSources>
    <fallbackPackageFolders><clear /><add key="known" value="${known(folder)}" /></fallbackPackageFolders>
    <config><add key="globalPackagesFolder" value="${join(folder, 'restored')}" /></config>
  </configuration>`);
  writeFileSync(join(folder, `${name}.csproj`), `<Project Sdk="Microsoft.NET.Sdk">
    <PropertyGroup>${properties}
    </PropertyGroup>
    <ItemGroup>
      ${references.map(reference => `<PackageReference Include="${reference}" Version="${version}" />`).join('\n      ')}
      ${others}
    </ItemGroup>
  </Project>`);
  return folder;
}

export function dotnet(cwd, args) {
  const env = { ...process.env, DOTNET_NOLOGO: '1', DOTNET_CLI_TELEMETRY_OPTOUT: '1', MSBUILDDISABLENODEREUSE: '1' };
  return execFileSync('dotnet', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
