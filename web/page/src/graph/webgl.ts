// Sigma reads constants of these interfaces as it loads. Some browsers lack one (Safari
// before 15) or both (iOS in lockdown mode). The page must load all the same, if necessary
// without the graph.
const scope = globalThis as { WebGLRenderingContext?: unknown; WebGL2RenderingContext?: unknown };
scope.WebGLRenderingContext ??= class {};
scope.WebGL2RenderingContext ??= class {};
