// Sigma reads constants of these interfaces as it loads. Some browsers lack one (Safari
// before 15) or both (iOS in lockdown mode); the page is to load all the same, and to
// do without the graph if need be.
const scope = globalThis as { WebGLRenderingContext?: unknown; WebGL2RenderingContext?: unknown };
scope.WebGLRenderingContext ??= class {};
scope.WebGL2RenderingContext ??= class {};
