"""What a piece of a message is about, roughly: the trade of a fault (water, doors), the field of a grievance (noise).

Two faults of trades that have nothing to do with each other are two visits (路灯不亮 健身器材也断了一根). Water runs
into walls, cupboards and lamps, and no power stops whatever needs it, so those may be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import combinations

_REMEMBERED = 1024

_TRADES = {
    "water": "水管|管[子道]|龙头|马桶|坐便|蹲[坑便]|便池|地漏|下水|排水|[水面台脸菜]槽|[水脸手面台菜碗][池盆]|花洒|淋浴"
    "|浴缸|[角总水]阀|水箱|软管|[漏渗滴]水|水表|水压",
    "heat": "热水|壁挂炉|暖气|地暖|分水器|采暖",
    "gas": "燃气|煤气|天然气|灶",
    "light": "灯|照明",
    "power": "插[座排头]|开关|[跳电]闸|空开|[没停断漏]电|线路|电[线源表箱]|漏保|配电",
    "door": "门(?!禁|铃|卫|口|岗|诊|市|厅|牌)|锁|合页|把手|闭门器",
    "access": "门禁|对讲|门铃|可视|道闸|闸机|[抬栏]杆|人脸",
    "window": "窗|玻璃",
    "air": "空调|油?烟机|风扇|[排换]气|排风|浴霸|新风|烟道",
    "lift": "电梯|扶梯|轿厢",
    "net": "网络|宽带|光猫|路由|电视|信号|网线|(?:wifi|WiFi|WIFI)",
    "wall": "墙|瓷砖|地[板砖面]|吊顶|天花|顶棚|楼板|踢脚|腻子|屋顶|路面|台阶",
    "case": "柜|抽屉|晾衣|晒衣|椅|凳|桌|床|架子|镜子",
    "yard": "健身器|滑梯|秋千|跷跷|井盖|栏杆|[围护]栏|凉亭|喷泉|旗杆|儿童乐园",
    "watch": "监控|摄像头|探头",
    "goods": "洗衣机|冰箱|微波炉|洗碗机|净水|饮水机|电脑|打印机|投影",
}
_LINKED = (
    "water heat gas goods", "water wall", "water case", "water power light", "water air", "water door window",
    "water lift", "water yard", "power light heat air access lift net goods watch gas", "gas air", "access door lift",
    "door window", "door case", "door lift", "window wall air", "window case", "wall case", "wall air", "wall yard",
    "wall light", "wall door", "light lift", "light air", "watch lift", "watch net access", "heat wall",
    "heat air", "goods case",
)  # fmt: skip
"""Trades of which one fault may lie in the other's: the floor that a leak has swollen, the chime without power."""
_FIELDS = {
    "noise": "[吵噪闹]|砸墙|麻将|音响|唱|K歌|跳舞|广场舞|喇叭|琴|电钻|半夜|施工|装修",
    "dirt": "垃圾|脏|卫生|[打清]扫|保洁|粪|屎|尿|蟑螂|老鼠|[苍蝇蚊虫]|臭|味|堆|杂物|[积污]水|没倒",
    "cars": "停车|车位|乱停|占道|挪车|车主|堵",
    "guard": "保安|门[卫岗]|岗亭|巡逻|外来|陌生|发传单|小广告|推销",
    "pets": "[狗猫鸽]|宠物|养鸡|公鸡",
    "smoke": "抽烟|烟[味头]|油烟|烧烤|烧纸",
    "staff": "态度|前台|客服|接线|管家|经理|骂|电话",
    "fees": "收费|涨|物业费|乱收|[多白]收|扣|费用|账|发?票|钱|押金",
    "green": "绿化|草坪|浇|树|除草",
    "fire": "消防|通道|电[动瓶]车|充电|飞线",
    "drops": "高空|[往朝]楼?下[扔倒泼]|晾[晒衣]|滴水",
    "supply": "停[水电暖]|没[水电暖]|供暖|断网",
    "lift": "电梯",
    "light": "灯",
    "parcel": "快递|包裹|外卖|驿站|送餐",
    "food": "[菜饭]|食堂|早餐|服务员",
    "room": "健身房|泳池|会所|活动室|厕所|公园",
}
_AKIN = (
    "noise pets", "noise guard", "dirt pets smoke green drops", "dirt supply", "cars fire guard fees",
    "staff guard fees", "staff parcel food", "fees supply lift food room parcel", "staff noise", "lift light",
    "dirt room food", "staff supply", "staff lift",
)  # fmt: skip
"""Fields of which one grievance may hold both: the dog that barks and fouls the path, the guard who shouts."""


class Topics:
    """Words of several topics, and which of them may be one story."""

    def __init__(self, words: Mapping[str, str], linked: Iterable[str]) -> None:
        bits = {name: 1 << place for place, name in enumerate(words)}
        self._bits = bits
        self._found = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in words.items()))
        self._word = lru_cache(_REMEMBERED)(self.of)
        self._near = dict(bits)
        for group in linked:
            names = group.split()
            whole = sum(bits[name] for name in names)
            for name in names:
                self._near[name] |= whole

    def of(self, text: str) -> int:
        """The topics of ``text`` as bits; 0 for none that is known."""
        found = 0
        for match in self._found.finditer(text):
            found |= self._bits[match.lastgroup or ""]
        return found

    def several(self, words: Iterable[str]) -> bool:
        """Whether two of these words are of topics that have nothing to do with each other. Words are remembered."""
        found = [bits for bits in map(self._word, words) if bits]
        return any(not self._around(one) & other for one, other in combinations(found, 2))

    def apart(self, one: str, other: str) -> bool:
        """Whether both are about something, and nothing of the one can be the other's."""
        left, right = self.of(one), self.of(other)
        return bool(left and right) and not self._around(left) & right

    def _around(self, topics: int) -> int:
        near = 0
        for name, bit in self._bits.items():
            if topics & bit:
                near |= self._near[name]
        return near


TRADES = Topics(_TRADES, _LINKED)
"""Of faults."""
FIELDS = Topics(_FIELDS, _AKIN)
"""Of grievances."""
