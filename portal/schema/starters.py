"""What a new document of each kind begins with, right as it stands but for the words to be changed."""

STARTERS = {
    "entities": """\
entity: {key}
label: {{zh: {key}, en: {key}}}
plural: {{zh: {key}, en: {key}}}
slug: {slug}
icon: folder
menu: 90
title: name
search: [name]

fields:
  name: {{type: text, label: {{zh: 名称, en: Name}}, required: true, filterable: true, sortable: true}}

form:
  - section: {{zh: 基本信息, en: Basics}}
    fields: [name, owner]

list:
  columns: [name, owner, updated_at]
  sort: [-updated_at]
  filters: [owner]
""",
    "tags": """\
tags: {key}
label: {{zh: {key}, en: {key}}}
on: customer
colour: azure
values:
  新标签: {{label: {{zh: 新标签, en: New tag}}}}
""",
    "metrics": """\
metric: {key}
label: {{zh: {key}, en: {key}}}
on: customer
type: integer
from: order
through: customer
at: ordered_on
measure: {{count: id}}
window: 365 days
""",
    "tiers": """\
tier: {key}
label: {{zh: {key}, en: {key}}}
on: customer
field: {key}
levels:
  high:
    label: {{zh: 高, en: High}}
    when: {{annual_spend: {{gte: 100000}}}}
  rest:
    label: {{zh: 其余, en: The rest}}
    otherwise: true
""",
    "scoring": """\
scoring: {key}
label: {{zh: {key}, en: {key}}}
on: customer
field: {key}_points
band: {key}_band
points:
  - {{points: 20, when: {{status: active}}}}
behaviour:
  - {{points: 10, label: {{zh: 下单, en: Orders}}, from: order, through: customer, at: ordered_on, half_life: 90 days}}
bands:
  hot: {{label: {{zh: 高, en: Hot}}, at_least: 50}}
  cold: {{label: {{zh: 低, en: Cold}}, otherwise: true}}
""",
    "assignment": """\
assignment: {key}
label: {{zh: {key}, en: {key}}}
on: customer
takes: unowned
rules:
  - {{when: {{status: prospect}}, to: seller, by: turn}}
otherwise: pool
pool:
  roles: [seller]
  columns: [name]
  capacity: 100
""",
    "duplicates": """\
duplicates: {key}
label: {{zh: {key}, en: {key}}}
on: customer
compare:
  - {{fields: name, as: name, points: 60, differs: -20}}
  - {{fields: phone, as: phone, points: 40}}
sure: 90
perhaps: 50
""",
    "quality": """\
quality: {key}
label: {{zh: {key}, en: {key}}}
on: customer
score: {key}_score
issues: {key}_issues
completeness:
  phone: {{weight: 3}}
  email: {{weight: 2}}
timeliness: {{after: 180 days, since: [created_at]}}
""",
    "confirmations": """\
confirmation: {key}
label: {{zh: {key}, en: {key}}}
on: customer
to: email
shows: [name]
asks: [phone, address]
stamps: last_contact_on
subject: {{zh: 请确认您的资料, en: Please confirm your details}}
text: {{zh: 请打开链接核对资料。, en: Please look at your details.}}
consent: {{zh: 仅用于更新资料。, en: Used to update our records only.}}
""",
    "surveys": """\
survey: {key}
label: {{zh: {key}, en: {key}}}
on: customer
to: email
questions:
  satisfaction: {{type: rating, label: {{zh: 您对我们的服务满意吗？, en: How satisfied are you?}}, required: true}}
  reason:
    type: long_text
    label: {{zh: 哪里可以做得更好？, en: What could be better?}}
    visible_when: {{satisfaction: {{lte: 3}}}}
subject: {{zh: 请评价我们的服务, en: How did we do?}}
text: {{zh: 请用一分钟回答几个问题。, en: "Please answer a few questions; it takes a minute."}}
thanks: {{zh: 感谢您的反馈。, en: Thank you for your answers.}}
consent: {{zh: 仅用于改进服务。, en: Used to improve our service only.}}
""",
    "coupons": """\
coupon: {key}
label: {{zh: {key}, en: {key}}}
on: customer
worth: {{zh: 满 500 减 50, en: 50 off orders from 500}}
valid: 90 days
per_record: 1
""",
    "providers": """\
provider: {key}
label: {{zh: {key}, en: {key}}}
on: customer
match: credit_code
url: "https://register.example.cn/companies/{{match}}"
values:
  name: data.name
fill: []
refresh: 30 days
""",
    "workflows": """\
workflow: {key}
label: {{zh: {key}, en: {key}}}
on: customer
active: false
trigger: {{daily: "09:00"}}
when: {{last_follow_up_on: {{older_than: 30 days}}}}
again_after: 30 days
steps:
  - task: {{title: {{zh: 联系客户, en: Call the customer}}, to: owner, due: 1 day}}
""",
    "calendars": """\
calendar: {key}
label: {{zh: {key}, en: {key}}}
week:
  monday: ["09:00-18:00"]
  tuesday: ["09:00-18:00"]
  wednesday: ["09:00-18:00"]
  thursday: ["09:00-18:00"]
  friday: ["09:00-18:00"]
holidays: cn
""",
    "segments": """\
segment: {key}
label: {{zh: {key}, en: {key}}}
on: customer
when: {{status: active}}
""",
    "messages": """\
message: {key}
label: {{zh: {key}, en: {key}}}
on: customer
purpose: marketing
subject: "{{{{ name }}}}，您好"
body: |
  尊敬的 {{{{ name }}}}：
fallbacks:
  name: 客户
""",
    "reports": """\
report: {key}
label: {{zh: {key}, en: {key}}}
period: month
sections:
  - kind: cover
  - kind: table
    title: {{zh: 客户, en: Customers}}
    entity: customer
    columns: [name, tier, annual_spend, owner]
    sort: [-annual_spend]
""",
    "roles": """\
role: {key}
label: {{zh: {key}, en: {key}}}
may: []
entities:
  customer: {{view: own}}
""",
}


def starter(kind: str, key: str) -> str:
    """Return the text of a new document."""
    return STARTERS[kind].format(key=key, slug=key.replace("_", "-"))
