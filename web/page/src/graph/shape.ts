import { NodeProgram } from "sigma/rendering";
import type { NodeDisplayData, RenderParams } from "sigma/types";
import { floatColor } from "sigma/utils";
import type { ProgramInfo } from "sigma/rendering";

/** What a peer's mark is drawn with, besides sigma's own size and colour. */
export interface Mark {
  /** A square, for a tab; else a disc. */
  square: boolean;
  /** A ring around it: this tab, or the selected peer. */
  ring: boolean;
  /** The colour around it, which keeps it apart from arcs that pass. */
  paper: string;
}

const { FLOAT, UNSIGNED_BYTE } = WebGLRenderingContext;

const vertex = /* glsl */ `
attribute vec4 a_id;
attribute vec4 a_color;
attribute vec4 a_paper;
attribute vec2 a_position;
attribute vec2 a_shape;
attribute float a_size;
attribute float a_angle;
uniform mat3 u_matrix;
uniform float u_sizeRatio;
uniform float u_correctionRatio;
varying vec4 v_color;
varying vec4 v_paper;
varying vec2 v_at;
varying vec2 v_shape;
varying float v_pixel;
const float bias = 255.0 / 254.0;
void main() {
  // A triangle around a circle of twice the mark's size; v_at is 1 at the mark's edge.
  float size = a_size * u_correctionRatio / u_sizeRatio * 2.0;
  vec2 corner = 4.0 * vec2(cos(a_angle), sin(a_angle));
  gl_Position = vec4((u_matrix * vec3(a_position + size * corner, 1)).xy, 0, 1);
  v_at = corner;
  v_pixel = u_sizeRatio / a_size;
  v_shape = a_shape;
  v_paper = a_paper;
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_color.a *= bias;
  v_paper.a *= bias;
}`;

const fragment = /* glsl */ `
precision highp float;
varying vec4 v_color;
varying vec4 v_paper;
varying vec2 v_at;
varying vec2 v_shape;
varying float v_pixel;
float edge(float d) { return 1.0 - smoothstep(-0.5 * v_pixel, 0.5 * v_pixel, d); }
void main() {
  // The distance to the mark's edge: a disc, or a square with round corners of about its area.
  vec2 q = abs(v_at) - vec2(0.66);
  float square = length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - 0.22;
  float d = mix(length(v_at) - 1.0, square, v_shape.x);
  float gap = max(0.16, min(1.6 * v_pixel, 0.5));
  float width = v_shape.y * max(0.2, 2.0 * v_pixel);
  #ifdef PICKING_MODE
  gl_FragColor = d > gap + width ? vec4(0.0) : v_color;
  #else
  float ring = edge(d - gap - width) - edge(d - gap);
  float inner = edge(d);
  vec4 drawn = mix(v_paper, v_color, max(inner, ring * v_shape.y));
  gl_FragColor = drawn * edge(d - gap * (1.0 + v_shape.y) - width);
  #endif
}`;

const uniforms = ["u_sizeRatio", "u_correctionRatio", "u_matrix"] as const;

/** Draws a peer: a disc or a square, with a gap around it, and perhaps a ring. */
export class MarkProgram extends NodeProgram<(typeof uniforms)[number]> {
  getDefinition() {
    return {
      VERTICES: 3,
      VERTEX_SHADER_SOURCE: vertex,
      FRAGMENT_SHADER_SOURCE: fragment,
      METHOD: WebGLRenderingContext.TRIANGLES as 4,
      UNIFORMS: uniforms,
      ATTRIBUTES: [
        { name: "a_position", size: 2, type: FLOAT },
        { name: "a_size", size: 1, type: FLOAT },
        { name: "a_shape", size: 2, type: FLOAT },
        { name: "a_color", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_paper", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_id", size: 4, type: UNSIGNED_BYTE, normalized: true },
      ],
      CONSTANT_ATTRIBUTES: [{ name: "a_angle", size: 1, type: FLOAT }],
      CONSTANT_DATA: [[0], [(2 * Math.PI) / 3], [(4 * Math.PI) / 3]],
    };
  }

  processVisibleItem(index: number, start: number, data: NodeDisplayData & Partial<Mark>): void {
    const values = [
      data.x, data.y, data.size, data.square ? 1 : 0, data.ring ? 1 : 0,
      floatColor(data.color), floatColor(data.paper ?? "#ffffff"), index,
    ];
    this.array.set(values, start);
  }

  setUniforms(params: RenderParams, { gl, uniformLocations }: ProgramInfo<(typeof uniforms)[number]>): void {
    gl.uniform1f(uniformLocations.u_sizeRatio, params.sizeRatio);
    gl.uniform1f(uniformLocations.u_correctionRatio, params.correctionRatio);
    gl.uniformMatrix3fv(uniformLocations.u_matrix, false, params.matrix);
  }
}
