/** ECharts with only what our charts need, in our colours. Loaded on its own, never with the first page. */

import { BarChart, HeatmapChart, LineChart, PieChart } from "echarts/charts";
import {
  AriaComponent,
  DatasetComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  BarChart,
  HeatmapChart,
  LineChart,
  PieChart,
  AriaComponent,
  DatasetComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
]);

export type ChartOption = echarts.EChartsCoreOption;

export interface Drawn {
  change: (option: ChartOption) => void;
  end: () => void;
}

/** Draw into a box; it follows the box's size. */
export function draw(box: HTMLElement, option: ChartOption, picked: (name: string, series: string) => void): Drawn {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    axisLine: { lineStyle: { color: colour("edge") } },
    axisLabel: { color: colour("soft") },
    splitLine: { lineStyle: { color: colour("line") } },
    nameTextStyle: { color: colour("soft") },
  };
  const chart = echarts.init(box, {
    color: [1, 2, 3, 4, 5, 6].map((n) => colour(`chart-${n}`)),
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("ink") },
    legend: { textStyle: { color: colour("soft") } },
    // Without a rim: ECharts draws a white one, which doubles every figure on a dark ground.
    bar: { label: { color: colour("ink"), textBorderWidth: 0 } },
    categoryAxis: axis,
    valueAxis: axis,
    timeAxis: axis,
    // Words in the picture, not markup: names of people and places stay text.
    tooltip: {
      renderMode: "richText",
      backgroundColor: colour("raised"),
      borderColor: colour("line"),
      textStyle: { color: colour("ink") },
    },
  });
  const whole = (given: ChartOption): ChartOption => ({ aria: { enabled: true }, animationDuration: 300, ...given });
  chart.setOption(whole(option));
  chart.on("click", (event) => picked(event.name, event.seriesName ?? ""));
  const size = new ResizeObserver(() => chart.resize());
  size.observe(box);
  return {
    change: (next) => chart.setOption(whole(next), { notMerge: true }),
    end: () => {
      size.disconnect();
      chart.dispose();
    },
  };
}
