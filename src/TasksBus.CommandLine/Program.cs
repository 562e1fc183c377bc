using TasksBus.Tool;

using Interrupts interrupts = new();
var code = await Tool.RunAsync(args, Surroundings.OfProcess(), interrupts.Token);
return code == ExitCode.Interrupted ? interrupts.Code : code;
