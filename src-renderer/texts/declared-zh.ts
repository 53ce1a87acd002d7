/** @file What the app declares in English, methods with their settings and the choices of de-identification, in Chinese: by the English words. */

export const declaredInChinese: Readonly<Record<string, string>> = {
  // Methods
  Segment: "分割",
  "Learns from your annotations to outline the same structures in new images.":
    "从您的标注中学习，在新图像上勾画同样的结构。",
  Standard: "标准",
  "A good start for most sets of images.": "适合大多数图像集的起点。",
  "Quick look": "快速试看",
  "A small network on small images, to see whether the annotations teach what they should.":
    "在小图像上训练小网络，看看标注是否教会了应学的内容。",
  "Fine detail": "精细",
  "Larger images and more steps, for small structures and thin borders.":
    "更大的图像、更多的步数，适合细小结构和纤细边界。",
  Steps: "步数",
  "Updates of the network; each sees one batch.": "网络的更新次数；每次使用一个批次。",
  "Image size": "图像大小",
  "Side in pixels to which images are brought for the network. Larger sees finer detail and takes longer.":
    "送入网络前图像缩放到的边长（像素）。越大细节越多，耗时也越长。",
  "Batch size": "批次大小",
  "Images per step. Smaller needs less memory.": "每步的图像数。越小占用内存越少。",
  "Learning rate": "学习率",
  "Step size of AdamW at its largest.": "AdamW 的最大步长。",
  Schedule: "学习率调度",
  "How the learning rate falls to 0 after a short rise.": "学习率短暂上升后降至 0 的方式。",
  cosine: "余弦",
  poly: "多项式",
  Augmentation: "数据增强",
  "Vary training images at random: flips, rotation, scaling, brightness, contrast, noise.":
    "随机变换训练图像：翻转、旋转、缩放、亮度、对比度、噪声。",
  "Validate every": "验证间隔",
  "Steps between two checks on the validation images; the best check becomes the model.":
    "两次验证之间的步数；验证结果最好的一次成为模型。",
  "Network width": "网络宽度",
  "Channels at full resolution; doubled at each level.": "全分辨率层的通道数；每下降一级加倍。",
  "Network depth": "网络深度",
  "Levels of resolution, the full one included.": "分辨率级数，含全分辨率。",
  "Measure this computer first": "先测试这台电脑",
  "Times several ways to compute each layer and takes the fastest: some seconds, once per image size and network.":
    "为每一层比较几种计算方式并选用最快的：需要数秒，每种图像大小和网络只做一次。",
  // Ways of training that experiments compare
  "supervised training": "监督训练",
  "supervised training with augmentation": "带数据增强的监督训练",
  "mean teacher": "均值教师（mean teacher）",
  BCP: "BCP（双向复制粘贴）",
  // Curves
  Loss: "损失",
  "Dice loss": "Dice 损失",
  "Cross entropy": "交叉熵",
  "Validation Dice": "验证 Dice",
  // De-identification
  Dates: "日期",
  "The day of an examination can point to a person.": "检查日期可能指向某个人。",
  Remove: "去除",
  "Keep, moved by the same number of days for each patient": "保留，但每位患者的日期平移相同的天数",
  "Keep as they are": "原样保留",
  "Keep sex, age, size and weight": "保留性别、年龄、身高和体重",
  "Ages above 90 are stored as 90.": "90 岁以上存为 90 岁。",
  "Keep the device": "保留设备信息",
  "Maker, model, serial number and name of the scanner.": "扫描设备的厂商、型号、序列号和名称。",
  "Keep the institution": "保留机构信息",
  "Name, address and department of the hospital.": "医院的名称、地址和科室。",
  "Keep technical words of descriptions": "保留描述中的技术用语",
  "Such as “T2 axial” of the series description; other words go.": "例如序列描述中的“T2 axial”；其他词语去除。",
  "Keep study, series and instance UIDs": "保留检查、序列和实例 UID",
  "They lead back to the archive of the hospital.": "通过它们可以追溯到医院的影像归档。",
  "Keep overlay planes": "保留叠加层",
  "Lines drawn over the image, not their names and comments. They may show writing.":
    "图像上的线条，不含其名称和注释；其中可能有文字。",
  "Keep private attributes that the standard calls safe": "保留标准认定安全的私有属性",
  "Those of DICOM PS3.15 table E.3.10-1.": "即 DICOM PS3.15 表 E.3.10-1 所列的属性。",
  "Keep file names": "保留文件名",
  "Also those that may hold the name of a person; else a pseudonym stands for them.":
    "包括可能含有人名的文件名；否则以化名代替。",
};
